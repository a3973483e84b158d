import SwerveFiles
import SwerveText

/// Which steps a golden of a long run keeps as lines ("thinned" in its header), so that it stays small enough for a
/// pull request. The digest after a gap covers the steps in it, so that every step is checked.
package struct Subsampling: Equatable, Sendable {
  /// Runs with at most this many lines keep all of them.
  package static let longest = 200

  /// The explanation in the header, for people.
  package static let rule =
    "of each stage: steps 0 to 10, then 20, 30, ..., 100, 200, ..., evaluated ones, and the last; "
    + "the chain covers every step"

  /// The number of lines that are kept.
  package let kept: Int
  /// The number of lines of the whole run.
  package let of: Int

  var json: JSONValue { ["kept": .integer(kept), "of": .integer(of), "rule": .string(Self.rule)] }

  package init(kept: Int, of: Int) {
    self.kept = kept
    self.of = of
  }

  init(_ line: JSONLine) throws {
    let object = JSONLine(value: .object(try line.members("thinned")), path: line.path, line: line.line)
    kept = try object.integer("kept")
    of = try object.integer("of")
  }

  /// The lines that stay, and the gaps between them; nil for a run that is short or already thinned.
  static func thin(_ recorded: RecordedSteps) -> RecordedSteps? {
    guard recorded.steps.count > longest, recorded.gaps.isEmpty else { return nil }
    var thin = RecordedSteps(inputsDigest: recorded.inputsDigest)
    var chain = HashChain(inputs: recorded.inputsDigest)
    var before: String?
    for (index, line) in recorded.steps.enumerated() {
      let isLast = index + 1 == recorded.steps.count || recorded.steps[index + 1].stage !== line.stage
      let start = chain.value
      chain.extend(with: line.json.compact())
      guard isLast || isRound(line.step) || line.isEvaluated else {
        before = before ?? start
        continue
      }
      if let gap = before { thin.appendRead(line, gapBefore: gap, after: chain.value) } else { thin.appendRead(line) }
      before = nil
    }
    thin.results = recorded.results
    thin.chain = recorded.chain
    return thin
  }

  /// Whether a step is at most 10, or one digit followed by zeros.
  private static func isRound(_ step: Int) -> Bool {
    var rest = step
    while rest >= 10 && rest % 10 == 0 { rest /= 10 }
    return rest < 10
  }
}
