import SwerveRL
import SwerveTensor
import SwerveText

/// Where in a recorded run a re-execution can begin, from the checkpoints that its folder holds.
struct StartingPoint {
  /// The stage that goes on, or begins.
  let stage: String
  /// Steps of it that are done; 0: from its beginning.
  let step: Int
  private let finished: [String]
  private let snapshot: RunPosition.Snapshot?

  /// The last one before a step.
  /// - Parameter limit: of the other side of a comparison, which may have fewer; the point is at most there.
  /// - Throws: FileError for a position that is not what was written; UsageError for a stage that the run did not come to.
  init(_ run: RecordedRun, before step: Int, of stage: String, limit: Int = .max) throws {
    let names = run.manifest.stages.map(\.name)
    guard let place = names.firstIndex(ofExactly: stage) else {
      throw UsageError("\(run.path) has no stage '\(stage)'; its stages: \(names.joined(separator: ", "))")
    }
    self.stage = stage
    finished = Array(names[..<place])
    let folder = run.folder
    let position = POSIXFile.kind(folder.position) == nil ? nil : try RunPosition.read(folder.position)
    let snapshots = (position?.kept ?? []) + [position?.snapshot].compactMap(\.self)
    snapshot = snapshots.last { $0.stage === stage && $0.step < step && $0.step <= limit }
    self.step = snapshot?.step ?? 0
  }

  /// Reads the models to begin with.
  /// - Throws: FileError or CheckpointError for a checkpoint that is missing, is not what was written, or does not hold the
  ///   weights that the run's steps say.
  func resumption(_ run: RecordedRun, _ mode: MathMode) throws -> ExperimentResumption {
    let finished = try finished.map { name in
      let path = run.folder.checkpoint(stage: name)
      let checkpoint = try CheckpointFile.read(path)
      let recorded = run.recorded.steps.last { $0.stage === name }?.weights
      try Self.require(checkpoint.weightsSHA256, recorded, path)
      return (name: name, result: try CheckpointLoading.model(checkpoint, path: path, mode: mode))
    }
    guard let snapshot else { return ExperimentResumption(finished: finished, current: nil) }
    let path = Path.join(run.folder.checkpoints, snapshot.file)
    let checkpoint = try CheckpointFile.read(path)
    let line = run.recorded.steps.last { $0.stage === stage && $0.step == step }
    let weights = Digest.ofWeights(checkpoint.tensors.filter { StageSnapshot.isWeight($0.name) })
    try Self.require(weights, line?.weights, path)
    return ExperimentResumption(
      finished: finished,
      current: (
        stage: stage,
        state: StageResumption(
          step: step, metrics: line?.metrics ?? [], metadata: { checkpoint.metadata($0) },
          tensor: { name in checkpoint.tensors.first { $0.name === name }?.values })
      ))
  }

  private static func require(_ found: String, _ recorded: String?, _ path: String) throws {
    guard let recorded, found !== recorded else { return }
    throw CheckpointError.digest(
      path: path, what: "weights", recorded: recorded + " in metrics.jsonl", found: found)
  }
}
