import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveTensor
import SwerveText

/// An unfinished run, locked, with the part of it that counts: everything up to its last position.
final class StoppedRun {
  /// The run without a result, and with only the steps that count.
  let run: RecordedRun
  let metrics: AppendFile
  let samples: RecordedLines
  /// Nil where there is no such file.
  let classification: RecordedLines?
  /// What the run had taken up to its last position; nil if its record does not say.
  let cost: RunCost?
  /// The finished stages, and the stage that was interrupted.
  let stages: [StageResult]
  private let position: RunPosition?

  var snapshot: RunPosition.Snapshot? { position?.snapshot }
  var kept: [RunPosition.Snapshot] { position?.kept ?? [] }

  /// A run that kept every snapshot continues to do so, at the same interval unless another one is given.
  func pacing(_ asked: CheckpointPacing) -> CheckpointPacing {
    guard let keeping = position?.keeping else { return asked }
    return CheckpointPacing(steps: asked.steps ?? keeping.every, keepsAll: true)
  }

  /// Reads and locks the run, without changing it.
  /// - Parameter path: the folder of a run that is not complete.
  /// - Throws: RecordError.locked while another process writes the run; RecordError or FileError for a file that was
  ///   changed after it was written.
  init(_ path: String) throws {
    let (folder, manifest) = try RunReader.open(path)
    // Lock first, because files that another process is writing must not be read.
    metrics = try Self.lock(folder.metrics, of: folder)
    let samples = try Self.lock(folder.samples, of: folder)
    let classification =
      POSIXFile.kind(folder.classification) == nil ? nil : try Self.lock(folder.classification, of: folder)
    let position: RunPosition?
    (run, position) = try Self.lastPosition(folder, manifest)
    self.samples = RecordedLines(continuing: samples, try RunPosition.samples(folder, position))
    let digest = try RunPosition.classification(folder, position)
    self.classification = classification.map { RecordedLines(continuing: $0, digest) }
    stages = Self.stages(run, position)
    cost = RunCost.last(folder, before: position?.metricsBytes ?? 0)
    self.position = position
  }

  /// What another rank of the same run needs to go on where the rank that locked it does. Reads only what stays.
  /// - Throws: RecordError or FileError for a file that was changed after it was written.
  static func resumption(
    ofLocked path: String, threads: Int, seconds: Int, output: @escaping (String) -> Void
  ) throws -> (script: LoadedScript, resumption: ExperimentResumption) {
    let (folder, manifest) = try RunReader.open(path)
    let (run, position) = try lastPosition(folder, manifest)
    let script = try RecordedScript.load(run, threads: threads, seconds: seconds, output: output)
    return (script, try resumption(run, position, script.settings.math))
  }

  /// The run up to its last position; nil: it has none.
  private static func lastPosition(
    _ folder: RunFolder, _ manifest: Manifest
  ) throws -> (run: RecordedRun, position: RunPosition?) {
    let position = POSIXFile.kind(folder.position) == nil ? nil : try RunPosition.read(folder.position)
    let run = RecordedRun(
      folder: folder, manifest: manifest, recorded: try RunPosition.steps(folder, manifest, position), result: nil,
      chainBreak: nil, hasTornLine: false)
    return (run, position)
  }

  private static func lock(_ path: String, of run: RunFolder) throws -> AppendFile {
    do {
      return try AppendFile(path, continuingAt: 0)
    } catch FileError.locked {
      throw RecordError.locked(path: run.path)
    }
  }

  private static func stages(_ run: RecordedRun, _ position: RunPosition?) -> [StageResult] {
    guard let position else { return [] }
    return run.manifest.stages.compactMap { stage in
      let done = position.finished.first { $0.stage === stage.name }
      guard done != nil || position.snapshot?.stage === stage.name else { return nil }
      let last = run.recorded.steps.last { $0.stage === stage.name }
      let best = done.flatMap { _ in run.recorded.best(of: stage) }
      return StageResult(
        name: stage.name, kind: stage.kind, steps: last?.step ?? 0, weightsSHA256: done?.weights ?? last?.weights,
        checkpoint: done.map { "checkpoints/" + Path.name(run.folder.checkpoint(stage: $0.stage)) },
        metrics: last?.metrics ?? [], stopped: last?.stopped, best: best,
        lastWeightsSHA256: best.flatMap { _ in last?.weights })
    }
  }

  /// Reads the models with which the run resumes.
  /// - Throws: RecordError or FileError for a checkpoint that was changed after it was written.
  func resumption(_ mode: MathMode) throws -> ExperimentResumption {
    try Self.resumption(run, position, mode)
  }

  private static func resumption(
    _ run: RecordedRun, _ position: RunPosition?, _ mode: MathMode
  ) throws -> ExperimentResumption {
    guard let position else { return ExperimentResumption(finished: [], current: nil) }
    let finished = try position.finished.map { stage in
      let path = run.folder.checkpoint(stage: stage.stage)
      let checkpoint = try CheckpointFile.read(path)
      try RunPosition.require(checkpoint, stage.weights, path)
      return (name: stage.stage, result: try CheckpointLoading.model(checkpoint, path: path, mode: mode))
    }
    guard let snapshot = position.snapshot else { return ExperimentResumption(finished: finished, current: nil) }
    let path = Path.join(run.folder.checkpoints, snapshot.file)
    let checkpoint = try CheckpointFile.read(path)
    try RunPosition.require(checkpoint, snapshot.weightsSHA256, path)
    let last = run.recorded.steps.last { $0.stage === snapshot.stage && $0.step == snapshot.step }
    let state = StageResumption(
      step: snapshot.step, metrics: last?.metrics ?? [], metadata: { checkpoint.metadata($0) },
      tensor: { checkpoint.values($0) })
    return ExperimentResumption(finished: finished, current: (stage: snapshot.stage, state: state))
  }

  /// Removes everything that will be written again. Call it after everything else that can fail.
  func cut() throws {
    let folder = run.folder
    // Remove the result first, because it would contradict files that have grown.
    if POSIXFile.kind(folder.result) != nil {
      try POSIXFile.remove(folder.result)
      try POSIXFile.syncFolder(folder.path)
    }
    if POSIXFile.kind(folder.checksums) != nil { try POSIXFile.remove(folder.checksums) }
    try metrics.cut(to: position?.metricsBytes ?? 0)
    try samples.cut(to: position?.samplesBytes ?? 0)
    try classification?.cut(to: position?.classification?.bytes ?? 0)
    let keeps =
      (position?.finished ?? []).map { Path.name(folder.checkpoint(stage: $0.stage)) }
      + (kept + [snapshot].compactMap(\.self)).map(\.file) + [Path.name(folder.position)]
    // A killed process may have left checkpoints that no position names, and temporary files.
    for name in try POSIXFile.list(folder.checkpoints) where !keeps.containsExactly(name) {
      try POSIXFile.remove(Path.join(folder.checkpoints, name))
    }
    for name in try POSIXFile.list(folder.path) where POSIXFile.isTemporary(name) {
      try POSIXFile.remove(Path.join(folder.path, name))
    }
  }
}
