import SwerveModel

/// Gets everything that a run produces, in order, on the thread that trains. Throwing ends the run. SwerveRL does not
/// access files; observers in SwerveRuns write, hash or compare.
///
/// Each event has an empty default. The protocols below declare what else a run may ask of an observer.
package protocol TrainingObserver: AnyObject {
  func stageWillStart(_ stage: StageInfo) throws
  func stepDidEnd(_ record: StepRecord) throws
  /// Some episodes of the evaluation at `step` (0: before the first update).
  func didSample(_ samples: [SampleRecord], stage: String, step: Int) throws
  /// What a stage of classification reads, before its first step.
  func didRead(_ input: ClassificationInput, stage: String) throws
  /// What the evaluation at `step` found on a set of documents.
  func didClassify(_ details: ClassificationDetails, stage: String, step: Int) throws
  /// The finished model of a stage: what a checkpoint holds. The metadata consists of the configuration and the
  /// tokenizer.
  func stageDidEnd(_ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]) throws
  /// Called after each step. The observer can call `snapshot` to get, and keep, the state from which the stage can
  /// resume.
  /// - Parameter isStopping: no step follows, because the run was cancelled.
  func stepCanResume(isStopping: Bool, _ snapshot: () throws -> StageSnapshot) throws
}

extension TrainingObserver {
  package func stageWillStart(_ stage: StageInfo) throws {}
  package func stepDidEnd(_ record: StepRecord) throws {}
  package func didSample(_ samples: [SampleRecord], stage: String, step: Int) throws {}
  package func didRead(_ input: ClassificationInput, stage: String) throws {}
  package func didClassify(_ details: ClassificationDetails, stage: String, step: Int) throws {}
  package func stageDidEnd(
    _ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]
  ) throws {}
  package func stepCanResume(isStopping: Bool, _ snapshot: () throws -> StageSnapshot) throws {}
}

/// Has results of stages from earlier runs.
package protocol StoredResultObserver: TrainingObserver {
  /// Called before a stage that starts at its first step. Returns the stage's result if the observer has it from an
  /// earlier run, together with all events of the stage; nil: the stage is computed.
  func storedResult(of stage: StageInfo) throws -> LoadedModel?
}

/// Wants to see the tensors of some steps.
package protocol TracingObserver: TrainingObserver {
  /// Called before each step from 1. Returns the trace that is to get all tensors of the step; nil: none.
  func trace(_ stage: String, step: Int) -> (any TensorTrace)?
}

/// Can end a run.
package protocol CancellingObserver: TrainingObserver {
  /// Checked between steps. If it is true, the run ends after the step.
  var isCancelled: Bool { get }
}

// What a run asks of any observer.
extension TrainingObserver {
  func result(of stage: StageInfo) throws -> LoadedModel? {
    try (self as? any StoredResultObserver)?.storedResult(of: stage)
  }

  func tensorTrace(_ stage: String, step: Int) -> (any TensorTrace)? {
    (self as? any TracingObserver)?.trace(stage, step: step)
  }

  package var wantsToStop: Bool { (self as? any CancellingObserver)?.isCancelled ?? false }

  /// Reports a step, offers a snapshot, and ends the stage if the run was cancelled.
  /// - Throws: TrainingCancelled; what the observer throws.
  package func endStep(_ record: StepRecord, _ snapshot: () throws -> StageSnapshot) throws {
    try stepDidEnd(record)
    let isStopping = wantsToStop
    try stepCanResume(isStopping: isStopping, snapshot)
    if isStopping { throw TrainingCancelled(stage: record.stage, step: record.step) }
  }
}

/// The observer asked to stop; everything up to this step is recorded.
package struct TrainingCancelled: Error {
  package let stage: String
  package let step: Int

  package init(stage: String, step: Int) {
    self.stage = stage
    self.step = step
  }
}
