import SwerveTensor
import SwerveText

/// How many problems of an evaluation also occur among those that training draws. Problems are the same where their
/// prompts are, byte for byte: that is what the model sees.
package struct ProblemOverlap: Equatable, Sendable {
  package let set: String
  /// Problems of the evaluation.
  package let problems: Int
  /// Those of them that training has, too.
  package let repeated: Int
  /// Problems of training that were compared, the first ones.
  package let compared: Int
  /// All that training draws; nil where rows of a batch hold several texts and not all of them were drawn to count them.
  package let drawn: Int?

  /// Once so many are known no more are drawn, so that looking for them stays fast.
  package static let mostCompared = 10_000

  package init(set: String, problems: Int, repeated: Int, compared: Int, drawn: Int?) {
    self.set = set
    self.problems = problems
    self.repeated = repeated
    self.compared = compared
    self.drawn = drawn
  }
}

extension TaskStage {
  /// Compares every set that the stage evaluates with what it trains on. Both are drawn as the stage draws them.
  /// - Parameters:
  ///   - drawn: problems of the whole training, or rows of its batches.
  ///   - texts: of one of them, from 0: its prompt, or the whole text where that is all there is; several for a row that holds
  ///     several.
  /// - Throws: what the task throws.
  func overlaps(seed: UInt64, drawn rows: Int, _ texts: (Int) throws -> [String]) throws -> [ProblemOverlap] {
    guard let evaluation else { return [] }
    var known: Set<ExactString> = []
    var compared = 0
    var read = 0
    while read < rows && compared < ProblemOverlap.mostCompared {
      let found = try texts(read)
      known.formUnion(found.map { ExactString($0) })
      compared += found.count
      read += 1
    }
    let drawn = read == rows ? compared : read == compared ? rows : nil
    return try evaluation.sets.map { set, episodes in
      let stream = RandomStream(seed: seed, purpose: Evaluator.purpose(set) + "/problems")
      let count = min(episodes, ProblemOverlap.mostCompared)
      let repeated = try (0..<count).count { row in
        var cursor = stream.cursor(step: 0, row: row)
        let problem = try locating("stage '\(name)', set '\(set.name)'", row: row) {
          try task.problem(in: set, using: &cursor)
        }
        if known.contains(ExactString(problem.prompt)) { return true }
        return problem.solution.map { known.contains(ExactString(problem.prompt + $0)) } ?? false
      }
      return ProblemOverlap(set: set.name, problems: count, repeated: repeated, compared: compared, drawn: drawn)
    }
  }
}
