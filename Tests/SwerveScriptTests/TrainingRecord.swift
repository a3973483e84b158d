import SwerveModel
import SwerveRL
import SwerveTensor

@testable import SwerveScript

/// What a script's training tells.
final class TrainingRecord: TrainingObserver {
  var records: [StepRecord] = []
  /// After the last step; the buffers of a record are good only during the call.
  var weights: [[Float]] = []
  /// After the last step of the stage before the last.
  var startingWeights: [[Float]] = []

  func stageWillStart(_ stage: StageInfo) { startingWeights = weights }
  func stepDidEnd(_ record: StepRecord) {
    records.append(record)
    weights = record.weights.map { Array($0.values) }
  }

  func value(_ name: String, stage: String, step: Int) -> Float? {
    let record = records.first { $0.stage == stage && $0.step == step }
    return record?.metrics.first { $0.name == name }?.value
  }
}

/// Runs a script (Lua, from line 2) in the real training loops.
/// - Parameter texts: files that it reads, by name.
func train(_ script: String, texts: [(name: String, text: String)] = []) throws -> TrainingRecord {
  let experiment = try load(script, texts: texts)
  let record = TrainingRecord()
  let run = ExperimentRun(
    experiment.plan, seed: 3, mode: .exact, pool: WorkerPool(threads: 1), clock: { 0 },
    loader: { _ in throw ScriptError("no checkpoint is read here") })
  try run.run(record)
  withExtendedLifetime(experiment) {}
  return record
}
