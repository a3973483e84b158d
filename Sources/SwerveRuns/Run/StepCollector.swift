import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords

/// A training observer that keeps every step in memory and writes nothing: what a golden test compares.
package final class StepCollector: TrainingObserver {
  package private(set) var recorded: RecordedSteps

  package init(inputsDigest: String) { recorded = RecordedSteps(inputsDigest: inputsDigest) }

  package func stepDidEnd(_ record: StepRecord) throws { recorded.append(try StepLine(record)) }

  package func stageDidEnd(_ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]) {
    recorded.append(
      StageDigest(
        stage: stage.name, weights: Digest.ofWeights(weights), best: recorded.best(of: stage)?.found?.step))
  }
}
