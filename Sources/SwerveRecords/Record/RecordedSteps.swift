import SwerveFiles
import SwerveRL
import SwerveText

/// The digest of the weights that are a stage's result.
package struct StageDigest: Equatable, Sendable {
  package let stage: String
  package let weights: String
  /// The step after which the stage had them, where it kept its best one; nil: the last step.
  package let best: Int?

  package init(stage: String, weights: String, best: Int? = nil) {
    self.stage = stage
    self.weights = weights
    self.best = best
  }
}

/// What a run computed, step by step: everything that is compared.
package struct RecordedSteps: Equatable, Sendable {
  /// The chain before the first step.
  package let inputsDigest: String
  package private(set) var steps: [StepLine] = []
  /// The gaps of a thinned golden, in order; empty for all other recordings.
  package private(set) var gaps: [StepGap] = []
  /// The stages that ended, in order.
  package internal(set) var results: [StageDigest] = []
  /// The chain after the last step.
  package internal(set) var chain: String

  package init(inputsDigest: String) {
    self.inputsDigest = inputsDigest
    chain = inputsDigest
  }

  /// The number of steps, without the evaluations before the first step of a stage.
  package var trainingSteps: Int { steps.count { $0.step > 0 } }

  /// Adds a step and updates the chain with it.
  package mutating func append(_ line: StepLine) {
    steps.append(line)
    var next = HashChain(value: chain)
    next.extend(with: line.json.compact())
    chain = next.value
  }

  package mutating func append(_ result: StageDigest) { results.append(result) }

  /// Adds a step that was read from a file. The reader itself computes the chain, from the text in the file.
  mutating func appendRead(_ line: StepLine) { steps.append(line) }

  /// Adds the first line after a gap.
  mutating func appendRead(_ line: StepLine, gapBefore before: String, after: String) {
    gaps.append(StepGap(index: steps.count, before: before, after: after))
    steps.append(line)
  }

  /// Whether steps of the same stage are missing between the last line and this one.
  func hasGap(before line: StepLine) -> Bool {
    steps.last.map { $0.stage === line.stage && line.step > $0.step + 1 } ?? false
  }

  /// The best step of a stage so far, where the stage keeps it.
  package func best(of stage: StageInfo) -> BestStep? {
    guard let by = stage.best else { return nil }
    var best = BestStep(by: by)
    for line in steps where line.stage === stage.name { best.add(step: line.step, line.metrics) }
    return best
  }

  /// The last digest of weights that a step has.
  package var lastWeights: String? { steps.last { $0.weights != nil }?.weights }

  /// The line of the step that gives a stage's result: the best one, where the stage keeps it, else the last.
  package func resultLine(of stage: StageInfo) -> StepLine? {
    let best = best(of: stage)?.found?.step
    return steps.last { $0.stage === stage.name && (best == nil || $0.step == best) }
  }

  /// Checks the order that comparisons rely on: a stage's steps are adjacent and count up from 1, or from 0 if the
  /// stage was evaluated before its first step.
  func expectedNext(after stages: Set<ExactString>, _ line: StepLine) -> String? {
    if let last = steps.last, last.stage === line.stage {
      return line.step == last.step + 1 ? nil : "step \(last.step + 1)"
    }
    if stages.contains(ExactString(line.stage)) { return "another stage, whose steps were not finished before" }
    return line.step == 0 || line.step == 1 ? nil : "step 1"
  }
}

/// Steps of one stage for which a thinned golden has no lines.
package struct StepGap: Equatable, Sendable {
  /// The index of the first line after the gap among the steps.
  let index: Int
  /// The hash chain before the first step of the gap.
  let before: String
  /// The hash chain after the gap and the line that follows it.
  let after: String
}
