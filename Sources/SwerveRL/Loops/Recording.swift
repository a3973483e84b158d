import SwerveModel

// What a training loop tells whoever records it. SwerveRL knows no files: an observer in SwerveRuns writes, hashes or compares.

/// One logged number. `nil` means that the step had nothing to measure (no critical token was met, say) and is written as null.
package struct Metric: Equatable, Sendable {
  package let name: String
  package let value: Float?

  package init(_ name: String, _ value: Float?) {
    self.name = name
    self.value = value
  }
}

/// What happened in one step of a stage. Steps count from 1.
package struct StepRecord {
  package let stage: String
  package let step: Int
  /// In a fixed order that the stage documents.
  package let metrics: [Metric]
  /// Measured on this machine and never compared: tokens/s, seconds.
  package let notCompared: [Metric]
  /// The weights after the step.
  package let weights: [NamedTensor]

  package init(stage: String, step: Int, metrics: [Metric], notCompared: [Metric], weights: [NamedTensor]) {
    self.stage = stage
    self.step = step
    self.metrics = metrics
    self.notCompared = notCompared
    self.weights = weights
  }
}

/// One episode of an evaluation, for people to read.
package struct SampleRecord: Sendable {
  package let set: String
  package let prompt: String
  package let answer: String
  package let reward: Float
  package let tokens: SampleTokens

  package init(set: String, prompt: String, answer: String, reward: Float, tokens: SampleTokens) {
    self.set = set
    self.prompt = prompt
    self.answer = answer
    self.reward = reward
    self.tokens = tokens
  }
}

/// What a fine-tuning stage says of each generated token of a sample; empty in pre-training.
package struct SampleTokens: Sendable {
  /// The rule's weight of the KL penalty.
  package var weights: [Float] = []
  /// Log-probability under the policy that wrote the token, and under the reference, at the sampling temperature.
  package var logp: [Float] = []
  package var referenceLogp: [Float] = []

  package init(weights: [Float] = [], logp: [Float] = [], referenceLogp: [Float] = []) {
    self.weights = weights
    self.logp = logp
    self.referenceLogp = referenceLogp
  }
}

/// What a stage is, before it runs.
package struct StageInfo: Sendable {
  package let name: String
  /// "pretrain" or "finetune".
  package let kind: String
  package let steps: Int
  /// What is trained, as the task calls itself; nil in records of early runs.
  package let task: String?
  /// nil where the stage evaluates nothing, and in records of early runs.
  package let evaluation: EvaluationInfo?

  package init(name: String, kind: String, steps: Int, task: String? = nil, evaluation: EvaluationInfo? = nil) {
    self.name = name
    self.kind = kind
    self.steps = steps
    self.task = task
    self.evaluation = evaluation
  }
}

/// Told of everything that a run produces, in order, on the thread that trains. Throwing ends the run.
package protocol TrainingObserver: AnyObject {
  func stageWillStart(_ stage: StageInfo) throws
  /// Asked of a stage that begins at its beginning: its result, if the observer has it from an earlier run together with
  /// everything that it would be told; nil: the stage is computed.
  func storedResult(of stage: StageInfo) throws -> ExperimentRun.LoadedModel?
  func stepDidEnd(_ record: StepRecord) throws
  /// Some episodes of the evaluation at `step` (0: before the first update).
  func didSample(_ samples: [SampleRecord], stage: String, step: Int) throws
  /// The finished model of a stage: what a checkpoint holds. The metadata are the configuration and the alphabet.
  func stageDidEnd(_ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]) throws
  /// After each step: what the stage could go on from, for an observer that wants to keep it now.
  /// - Parameter isStopping: nothing follows, because the observer was cancelled.
  func stepCanResume(isStopping: Bool, _ snapshot: () throws -> StageSnapshot) throws
  /// Asked before each step from 1: who wants to see all of its tensors, nil for nobody.
  func trace(_ stage: String, step: Int) -> (any TensorTrace)?
  /// Checked between steps; true ends the run after the step.
  var isCancelled: Bool { get }
}

extension TrainingObserver {
  /// Most observers keep nothing to go on from.
  package func stepCanResume(isStopping: Bool, _ snapshot: () throws -> StageSnapshot) throws {}

  /// Most observers know nothing of earlier runs.
  package func storedResult(of stage: StageInfo) throws -> ExperimentRun.LoadedModel? { nil }

  /// Most observers want numbers, not tensors.
  package func trace(_ stage: String, step: Int) -> (any TensorTrace)? { nil }

  /// Offers a snapshot, and ends the stage if it is to end.
  /// - Throws: TrainingCancelled.
  func endStep(_ stage: String, step: Int, _ snapshot: () throws -> StageSnapshot) throws {
    let isStopping = isCancelled
    try stepCanResume(isStopping: isStopping, snapshot)
    if isStopping { throw TrainingCancelled(stage: stage, step: step) }
  }
}
