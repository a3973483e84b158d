import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords

/// A training observer that keeps every step in memory and writes nothing: what a golden test compares.
package final class StepCollector: TrainingObserver {
  package private(set) var recorded: RecordedSteps

  package init(inputsDigest: String) { recorded = RecordedSteps(inputsDigest: inputsDigest) }

  package func stageWillStart(_ stage: StageInfo) {}

  package func stepDidEnd(_ record: StepRecord) throws { recorded.append(try StepLine(record)) }

  package func didSample(_ samples: [SampleRecord], stage: String, step: Int) {}

  package func stageDidEnd(_ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]) {
    recorded.append(StageDigest(stage: stage.name, weights: Digest.ofWeights(weights)))
  }

  package var isCancelled: Bool { false }
}

/// Several observers as one: each is told of everything, in order; any of them can end the run.
package final class ObserverGroup: TrainingObserver {
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

  package func stageDidEnd(
    _ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]
  ) throws {
    for observer in observers { try observer.stageDidEnd(stage, metadata: metadata, weights: weights) }
  }

  package func stepCanResume(isStopping: Bool, _ snapshot: () throws -> StageSnapshot) throws {
    for observer in observers { try observer.stepCanResume(isStopping: isStopping, snapshot) }
  }

  /// The first that has one.
  package func storedResult(of stage: StageInfo) throws -> ExperimentRun.LoadedModel? {
    for observer in observers {
      if let result = try observer.storedResult(of: stage) { return result }
    }
    return nil
  }

  /// The first that wants one.
  package func trace(_ stage: String, step: Int) -> (any TensorTrace)? {
    observers.lazy.compactMap { $0.trace(stage, step: step) }.first
  }

  package var isCancelled: Bool { observers.contains { $0.isCancelled } }
}
