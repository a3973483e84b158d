import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveTensor
import SwerveText

/// A point of a recorded run where a re-execution can begin, from the checkpoints in its folder.
struct StartingPoint {
  /// The stage that resumes or begins.
  let stage: String
  /// The number of its finished steps; 0: its beginning.
  let step: Int
  private let finished: [StageInfo]
  private let snapshot: RunPosition.Snapshot?

  /// The last starting point before a step.
  /// - Parameter limit: the point is at most at this step. In a comparison the other run may have fewer steps.
  /// - Throws: FileError for a position that was changed after it was written; UsageError for a stage that the run did
  ///   not reach.
  init(_ run: RecordedRun, before step: Int, of stage: String, limit: Int = .max) throws {
    let names = run.manifest.stages.map(\.name)
    self.stage = try StageNames(names, of: "run \(run.path)").find(stage)
    let index = names.firstIndex(ofExactly: self.stage) ?? names.count
    finished = Array(run.manifest.stages[..<index])
    let folder = run.folder
    let position = POSIXFile.kind(folder.position) == nil ? nil : try RunPosition.read(folder.position)
    let snapshots = (position?.kept ?? []) + [position?.snapshot].compactMap(\.self)
    snapshot = snapshots.last { $0.stage === stage && $0.step < step && $0.step <= limit }
    self.step = snapshot?.step ?? 0
  }

  /// Reads the models with which the re-execution begins.
  /// - Throws: FileError or CheckpointError for a checkpoint that is missing, was changed after it was written, or does
  ///   not have the weights of the run's steps.
  func resumption(_ run: RecordedRun, _ mode: MathMode) throws -> ExperimentResumption {
    let finished = try finished.map { stage in
      let path = run.folder.checkpoint(stage: stage.name)
      let checkpoint = try CheckpointFile.read(path)
      try Self.require(checkpoint.weightsSHA256, run.recorded.resultLine(of: stage)?.weights, path)
      return (name: stage.name, result: try CheckpointLoading.model(checkpoint, path: path, mode: mode))
    }
    guard let snapshot else { return ExperimentResumption(finished: finished, current: nil) }
    let path = Path.join(run.folder.checkpoints, snapshot.file)
    let checkpoint = try CheckpointFile.read(path)
    let line = run.recorded.steps.last { $0.stage === stage && $0.step == step }
    let weights = checkpoint.digest(where: StageSnapshot.isWeight)
    if line?.weights == nil {
      // The step's weights were not hashed when it ended, but the snapshot was when it was written.
      try RunPosition.require(checkpoint, snapshot.weightsSHA256, path)
    }
    try Self.require(weights, line?.weights, path)
    return ExperimentResumption(
      finished: finished,
      current: (
        stage: stage,
        state: StageResumption(
          step: step, metrics: line?.metrics ?? [], metadata: { checkpoint.metadata($0) },
          tensor: { checkpoint.values($0) })
      ))
  }

  private static func require(_ found: String, _ recorded: String?, _ path: String) throws {
    guard let recorded, found !== recorded else { return }
    throw CheckpointError.digest(
      path: path, what: "weights", recorded: recorded + " in metrics.jsonl", found: found)
  }
}
