import SwerveModel

/// Told of everything that a run produces, in order, on the thread that trains. Throwing ends the run. SwerveRL knows no files: an
/// observer in SwerveRuns writes, hashes or compares.
///
/// Each event has an empty default. What else a run may ask of an observer stands in protocols of its own, below.
package protocol TrainingObserver: AnyObject {
  func stageWillStart(_ stage: StageInfo) throws
  func stepDidEnd(_ record: StepRecord) throws
  /// Some episodes of the evaluation at `step` (0: before the first update).
  func didSample(_ samples: [SampleRecord], stage: String, step: Int) throws
  /// The finished model of a stage: what a checkpoint holds. The metadata are the configuration and the tokenizer.
  func stageDidEnd(_ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]) throws
  /// After each step: what the stage could go on from, for an observer that wants to keep it now.
  /// - Parameter isStopping: nothing follows, because the run was cancelled.
  func stepCanResume(isStopping: Bool, _ snapshot: () throws -> StageSnapshot) throws
}

extension TrainingObserver {
  package func stageWillStart(_ stage: StageInfo) throws {}
  package func stepDidEnd(_ record: StepRecord) throws {}
  package func didSample(_ samples: [SampleRecord], stage: String, step: Int) throws {}
  package func stageDidEnd(
    _ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]
  ) throws {}
  package func stepCanResume(isStopping: Bool, _ snapshot: () throws -> StageSnapshot) throws {}
}

/// Has results of stages from earlier runs.
package protocol StoredResultObserver: TrainingObserver {
  /// Asked of a stage that begins at its beginning: its result, if the observer has it from an earlier run together with
  /// everything that it would be told; nil: the stage is computed.
  func storedResult(of stage: StageInfo) throws -> LoadedModel?
}

/// Wants to see the tensors of some steps.
package protocol TracingObserver: TrainingObserver {
  /// Asked before each step from 1: who wants to see all of its tensors, nil for nobody.
  func trace(_ stage: String, step: Int) -> (any TensorTrace)?
}

/// Can end a run.
package protocol CancellingObserver: TrainingObserver {
  /// Checked between steps; true ends the run after the step.
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

  /// Offers a snapshot, and ends the stage if it is to end.
  /// - Throws: TrainingCancelled.
  func endStep(_ stage: String, step: Int, _ snapshot: () throws -> StageSnapshot) throws {
    let isStopping = wantsToStop
    try stepCanResume(isStopping: isStopping, snapshot)
    if isStopping { throw TrainingCancelled(stage: stage, step: step) }
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
