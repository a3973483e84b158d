import SwerveModel

/// Several observers as one. Each gets every event, in order, and any of them can end the run.
package final class ObserverGroup: StoredResultObserver, TracingObserver, CancellingObserver {
  private let observers: [any TrainingObserver]

  package init(_ observers: [any TrainingObserver]) { self.observers = observers }

  package func stageWillStart(_ stage: StageInfo) throws {
    for observer in observers { try observer.stageWillStart(stage) }
  }

  package func stepDidEnd(_ record: StepRecord) throws {
    for observer in observers { try observer.stepDidEnd(record) }
  }

  package func didSample(_ samples: [SampleRecord], stage: String, step: Int) throws {
    for observer in observers { try observer.didSample(samples, stage: stage, step: step) }
  }

  package func didRead(_ input: ClassificationInput, stage: String) throws {
    for observer in observers { try observer.didRead(input, stage: stage) }
  }

  package func didClassify(_ details: ClassificationDetails, stage: String, step: Int) throws {
    for observer in observers { try observer.didClassify(details, stage: stage, step: step) }
  }

  package func stageDidEnd(
    _ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]
  ) throws {
    for observer in observers { try observer.stageDidEnd(stage, metadata: metadata, weights: weights) }
  }

  package func stepCanResume(isStopping: Bool, _ snapshot: () throws -> StageSnapshot) throws {
    for observer in observers { try observer.stepCanResume(isStopping: isStopping, snapshot) }
  }

  /// The first result that is not nil.
  package func storedResult(of stage: StageInfo) throws -> LoadedModel? {
    for observer in observers {
      if let result = try observer.result(of: stage) { return result }
    }
    return nil
  }

  /// The first result that is not nil.
  package func trace(_ stage: String, step: Int) -> (any TensorTrace)? {
    observers.lazy.compactMap { $0.tensorTrace(stage, step: step) }.first
  }

  package var isCancelled: Bool { observers.contains { $0.wantsToStop } }
}
