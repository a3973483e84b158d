import SwerveTensor
import Testing

@testable import SwerveRL

@Suite struct AdditionTaskTests {
  private func cursor(_ row: Int = 0) -> RandomCursor {
    RandomStream(seed: 5, purpose: "test/addition").cursor(step: 1, row: row)
  }

  private func refusal(_ make: () throws -> AdditionTask) -> String? {
    do { _ = try make() } catch { return "\(error)" }
    return nil
  }

  @Test func rejectsOptionsOutOfRangeWithRangeAndValue() {
    #expect(refusal { try AdditionTask(comfort: 0) } == "comfort must be in 1...15, got 0")
    #expect(refusal { try AdditionTask(comfort: 16) } == "comfort must be in 1...15, got 16")
    #expect(
      refusal { try AdditionTask(comfort: 14, plus: 2) }
        == "plus must be in 0...1 (comfort + plus is at most 15 digits), got 2")
    #expect(refusal { try AdditionTask(comfort: 3, plus: -1) }?.hasSuffix("got -1") == true)
    #expect(
      refusal { try AdditionTask(comfort: 3, plus: 2, hardDigits: 4...6) } == "hardDigits must be in 1...5, got 4...6")
    #expect(refusal { try AdditionTask(comfort: 3, hardDigits: 1...2) }?.contains("needs plus") == true)
    #expect(refusal { try AdditionTask(comfort: 3, plus: 1, plusShare: 1.5) } == "plusShare must be in 0...1, got 1.5")
    #expect(refusal { try AdditionTask(comfort: 3, plus: 1, plusShare: .nan) } == "plusShare must be in 0...1, got nan")
    #expect(refusal { try AdditionTask(comfort: 3, plusShare: 0.1) }?.contains("needs plus") == true)
    #expect(refusal { try AdditionTask(comfort: 15) } == nil)
  }

  @Test func rejectsAnUnknownSetWithTheSetsThatExist() throws {
    let task = try AdditionTask(comfort: 13)
    let known = "training, comfort, plus1, plus2, both1, ..., both15, first2, ..., first15"
    for name in ["plus3", "plus0", "plus01", "plus+1", "both0", "both16", "both03", "first1", "first16", "hard", ""] {
      var draws = cursor()
      #expect(
        throws: TaskError("addition with comfort 13 has no set \"\(name)\"; it has \(known)")
      ) { try task.problem(in: ProblemSet(name), using: &draws) }
    }
    #expect(try AdditionTask(comfort: 15).problemSets.prefix(3) == [.training, .comfort, .both(1)])
  }

  @Test func addsFifteenDigitsExactly() {
    let nines: UInt64 = 999_999_999_999_999
    let problem = AdditionProblem(nines, nines, comfort: 15, episodeLimit: 2000)
    #expect(problem.answer == "1 9 9 9 9 9 9 9 9 9 9 9 9 9 9 8")
    #expect(problem.reward(generated: problem.scratchpad) == 1)
    #expect(AdditionProblem(.max, .max, comfort: 1, episodeLimit: 1).answer.hasPrefix("3 6 8 9 3 4 8 8"))
  }

  @Test func findsTheLengthOfTheLongestSolution() throws {
    for (first, second) in [(1, 1), (2, 1), (1, 2), (2, 2)] {
      let longest = AdditionProblem.longestSolution(first, second)
      var found = 0
      for a in (first == 1 ? 0 : 10)..<(first == 1 ? 10 : 100) {
        for b in (second == 1 ? 0 : 10)..<(second == 1 ? 10 : 100) {
          let problem = AdditionProblem(UInt64(a), UInt64(b), comfort: 1, episodeLimit: 1)
          found = max(found, problem.scratchpad.unicodeScalars.count)
        }
      }
      #expect(found == longest, "\(first) and \(second) digits")
    }
  }

  @Test(arguments: [ProblemSet.training, .comfort, .plus(1), .plus(3)])
  func drawsWithinTheLengthsThatTheTaskStates(set: ProblemSet) throws {
    let task = try AdditionTask(comfort: 4, plus: 2, hardDigits: 5...6, plusShare: 0.5)
    let longest = try task.longestText(in: set)
    for row in 0..<300 {
      var draws = cursor(row)
      let problem = try task.problem(in: set, using: &draws)
      let prompt = problem.prompt.unicodeScalars.count
      #expect(problem.solution!.unicodeScalars.count + 100 <= problem.episodeLimit)
      #expect(prompt + problem.solution!.unicodeScalars.count <= longest)
      #expect(try task.trainingText(using: &draws).text.unicodeScalars.count <= task.longestTrainingText)
    }
  }

  /// The order of the draws is part of the math version: these move only when it is raised. The numbers were
  /// computed apart from the project, with make.py's Philox.
  @Test func drawsTheSameProblemsAsEver() throws {
    let task = try AdditionTask(comfort: 3, plus: 2, hardDigits: 4...5, plusShare: 0.5)
    func prompts(_ draw: (inout RandomCursor) throws -> String) rethrows -> [String] {
      try (0..<4).map { row in
        var draws = cursor(row)
        let prompt = try draw(&draws)
        return String(prompt.dropFirst(7).dropLast(8))
      }
    }
    #expect(try prompts { try task.sample(.comfort, using: &$0).prompt } == ["55+6", "61+2", "812+0", "0+66"])
    #expect(
      try prompts { try task.sample(.plus(2), using: &$0).prompt } == [
        "68266+53", "30+63936", "110+49016", "66747+8217",
      ])
    #expect(
      try prompts { try task.sample(.training, using: &$0).prompt } == [
        "5381+49932", "6393+3955", "4901+5631", "82173+12",
      ])
    #expect(try prompts { try task.trainingText(using: &$0).prompt } == ["53810+49932", "2+63", "0+490", "82+12065"])
  }

  @Test func drawsPlusTextsInTheGivenShare() throws {
    let seed: UInt64 = 11
    let texts = 4000
    func beyond(_ share: Double) throws -> Int {
      let task = try AdditionTask(comfort: 2, plus: 1, plusShare: share)
      return try (0..<texts).filter { row in
        var draws = RandomStream(seed: seed, purpose: "test/share").cursor(step: 0, row: row)
        let text = try task.trainingText(using: &draws)
        return text.prompt.split { !$0.isNumber }.contains { $0.count == 3 }
      }.count
    }
    #expect(try beyond(0) == 0)
    #expect(try beyond(1) == texts)
    // Four standard deviations of a binomial with p = 0.25.
    let quarter = try beyond(0.25)
    #expect(abs(quarter - texts / 4) < 110, "seed \(seed): \(quarter) of \(texts)")
  }
}
