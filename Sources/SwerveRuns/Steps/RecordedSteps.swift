import SwerveText

/// The digest of a stage's final weights.
package struct StageDigest: Equatable, Sendable {
  package let stage: String
  package let weights: String

  package init(stage: String, weights: String) {
    self.stage = stage
    self.weights = weights
  }
}

/// What a run computed, step by step: all that is compared.
package struct RecordedSteps: Equatable, Sendable {
  /// The chain before the first step.
  package let inputsDigest: String
  package private(set) var steps: [StepLine] = []
  /// What a thinned golden left out, in order; empty for everything else.
  package private(set) var gaps: [StepGap] = []
  /// The stages that ended, in order.
  package internal(set) var results: [StageDigest] = []
  /// The chain after the last step.
  package internal(set) var chain: String

  package init(inputsDigest: String) {
    self.inputsDigest = inputsDigest
    chain = inputsDigest
  }

  /// Steps without the evaluations that stand before a stage's first one.
  package var trainingSteps: Int { steps.count { $0.step > 0 } }

  /// Adds a step and renews the chain with it.
  package mutating func append(_ line: StepLine) {
    steps.append(line)
    var next = HashChain(value: chain)
    next.extend(with: line.json.compact())
    chain = next.value
  }

  package mutating func append(_ result: StageDigest) { results.append(result) }

  /// Adds a step that was read from a file, whose chain the reader follows by the text in the file.
  mutating func appendRead(_ line: StepLine) { steps.append(line) }

  /// Adds the first line after steps that are not kept.
  mutating func appendRead(_ line: StepLine, gapBefore before: String, after: String) {
    gaps.append(StepGap(index: steps.count, before: before, after: after))
    steps.append(line)
  }

  /// Whether steps of the same stage are missing between the last line and this one.
  func hasGap(before line: StepLine) -> Bool {
    steps.last.map { $0.stage === line.stage && line.step > $0.step + 1 } ?? false
  }

  /// Checks the order that comparing relies on: a stage's steps stand together and count up from 1, or from 0
  /// where the stage was evaluated before its first step.
  func expectedNext(after stages: Set<ExactString>, _ line: StepLine) -> String? {
    if let last = steps.last, last.stage === line.stage {
      return line.step == last.step + 1 ? nil : "step \(last.step + 1)"
    }
    if stages.contains(ExactString(line.stage)) { return "another stage, whose steps were not finished before" }
    return line.step == 0 || line.step == 1 ? nil : "step 1"
  }
}

/// Steps of one stage that a thinned golden has no lines of.
package struct StepGap: Equatable, Sendable {
  /// Where the first line after it stands among the steps.
  let index: Int
  /// The hash chain before the first of them.
  let before: String
  /// The hash chain after them and the line that follows.
  let after: String
}
