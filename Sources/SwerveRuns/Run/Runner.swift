import LuaRuntime
import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveTensor
import SwerveText

/// What `swerve run` does: load, record, train.
package enum Runner {
  package struct Outcome {
    package let folder: RunFolder
    package let result: RunResult
  }

  /// Everything that observes a run, besides the record.
  package struct Watchers {
    package var observers: [any TrainingObserver] = []
    /// When to write a snapshot from which the run can resume.
    package var pacing = CheckpointPacing()
    /// Called after the folder was made.
    package var didOpen: (RunFolder) -> Void = { _ in }
    package var isCancelled: () -> Bool = { false }
    /// The step after which the run stops, as if it was interrupted; without a stage, a step of the last one.
    package var until: (stage: String?, step: Int)?
    /// Whether stages may come from the stage cache, which is in the parent folder of the run's folder.
    package var usesCache = false
    /// Called for a stage that is taken from the cache, or for which the run waits while another process computes it.
    package var didReuse: (_ stage: StageInfo, _ place: String, _ isWaiting: Bool) -> Void = { _, _, _ in }
    /// The ranks that compute the run together. Rank 0 calls `run` or `resume`, and the others call `follow`.
    package var communicator: any Communicator = OneRank()

    package init() {}
  }

  /// Runs a loaded script into a new run folder.
  /// - Parameter out: the folder to make, which must not exist; nil for runs/NAME-SEED-HASH.
  /// - Throws: what the run throws, after the error was written to result.json. A run that failed before its first step
  ///   leaves no folder.
  package static func run(
    _ script: LoadedScript, out: String?, runsFolder: String = "runs", watchers: Watchers = Watchers()
  ) throws -> Outcome {
    let end = try stepObserver(script, watchers)
    try RankAgreement.require(script, watchers.communicator)
    let manifest = manifest(script, watchers.communicator)
    let above = POSIXFile.missingFolders(out.map(Path.parent) ?? runsFolder)
    let folder = try RunFolder.create(at: out, runsFolder: runsFolder, manifest: manifest, sources: script.sources)
    watchers.didOpen(folder)
    do {
      let recorder: RunRecorder
      do {
        recorder = try RunRecorder(
          folder: folder, manifest: manifest, pacing: watchers.pacing, isCancelled: watchers.isCancelled)
      } catch {
        try? POSIXFile.remove(folder.path)
        throw error
      }
      return try record(script, recorder, watchers, end, from: nil)
    } catch {
      // A run without a step is removed, and so are the folders that were made for it.
      for folder in above.reversed() { POSIXFile.removeIfEmpty(folder) }
      throw error
    }
  }

  /// Resumes a run that was stopped, killed or failed. It ends with the same bits as a run that never stopped. A
  /// complete run is not changed.
  /// - Parameter path: the folder of the run.
  /// - Throws: also RecordError.locked while another process writes the run; for a complete run, an error that names a
  ///   file that was changed after it was written.
  package static func resume(
    _ path: String, threads: Int, seconds: Int = LuaLimits().seconds, watchers: Watchers = Watchers(),
    output: @escaping (String) -> Void
  ) throws -> Outcome {
    let (folder, _) = try RunReader.open(path)
    if let result = try RunReader.result(folder), result.status == .complete {
      _ = try RunCheck.run(path)
      watchers.communicator.announce("")
      return Outcome(folder: folder, result: result)
    }
    let stopped = try StoppedRun(path)
    let script = try RecordedScript.load(stopped.run, threads: threads, seconds: seconds, output: output)
    let end = try stepObserver(script, watchers)
    let resumption = try stopped.resumption(script.settings.math)
    // A writer that this process does not see must find the mark before its lines are cut off.
    let mark = try WriterMark.take(folder)
    try stopped.cut()
    watchers.communicator.announce(path)
    try RankAgreement.require(script, watchers.communicator)
    watchers.didOpen(folder)
    let recorder = RunRecorder(
      continuing: stopped, mark: mark, pacing: watchers.pacing, isCancelled: watchers.isCancelled)
    return try record(script, recorder, watchers, end, from: resumption)
  }

  /// - Throws: UsageError for a stage that the script does not have.
  private static func stepObserver(_ script: LoadedScript, _ watchers: Watchers) throws -> [any TrainingObserver] {
    guard let until = watchers.until else { return [] }
    let stage = try StageNames(script.plan.stages.map(\.name), of: "--until: the script").find(until.stage)
    return [EndAfterStep(stage: stage, step: until.step)]
  }

  private static func record(
    _ script: LoadedScript, _ recorder: RunRecorder, _ watchers: Watchers, _ end: [any TrainingObserver],
    from resumption: ExperimentResumption?
  ) throws -> Outcome {
    let communicator = watchers.communicator
    if watchers.usesCache && communicator.isAlone {
      recorder.cache = StageCache(folder: StageCache.folder(runs: Path.parent(recorder.folder.path)), script: script)
      recorder.didReuse = watchers.didReuse
    }
    do {
      let group = ObserverGroup([recorder] + watchers.observers + end)
      try script.run(
        communicator.isAlone ? group : RankObserver(group, communicator), from: resumption, communicator: communicator)
    } catch is TrainingCancelled {
      return Outcome(folder: recorder.folder, result: try recorder.finish(.interrupted))
    } catch RecordError.takenOver(let path, let writer) {
      throw RecordError.takenOver(path: path, by: writer)
    } catch {
      // The same problem, such as a full disk, may also prevent writing the result.
      if recorder.hasSteps { _ = try? recorder.finish(.failed("\(error)")) } else { try? recorder.abandon() }
      throw error
    }
    return Outcome(folder: recorder.folder, result: try recorder.finish(.complete))
  }

  /// The last run of a script with the same inputs in a folder of runs.
  /// - Throws: RecordError.nothingToResume.
  package static func runToResume(_ script: LoadedScript, runsFolder: String) throws -> String {
    let base = RunFolder.name(manifest(script))
    let names = POSIXFile.kind(runsFolder) == .folder ? try POSIXFile.list(runsFolder) : []
    let numbered = names.compactMap { name -> (number: Int, name: String)? in
      if name === base { return (1, name) }
      return name.rest(after: base + "-").flatMap { Int($0) }.map { ($0, name) }
    }
    guard let last = numbered.max(by: { $0.number < $1.number }) else {
      throw RecordError.nothingToResume(script: script.project.script, folder: runsFolder)
    }
    return Path.join(runsFolder, last.name)
  }

  /// The manifest that this machine would record.
  static func manifest(_ script: LoadedScript, _ communicator: any Communicator = OneRank()) -> Manifest {
    let blas = script.settings.math == .blas ? OpenBLAS.ifPresent : nil
    let commit = GitCommit.describe(root: script.project.root, script: script.project.script)
    let machine: [(String, String?)] = [
      ("date", Clock.now()), ("swerve", swerveVersion), ("threads", "\(script.settings.threads)"),
      ("ranks", communicator.isAlone ? nil : "\(communicator.ranks)"),
      ("host", ThisProcess.host), ("cpu", Processor.model()), ("vectors", vectorBuild),
      ("openblas", blas.map { "\($0.config) core \($0.core)" }), ("root", script.project.root), ("commit", commit),
    ]
    return Manifest(
      name: script.plan.name, script: script.project.script, inputs: script.inputs,
      stages: script.plan.stages.map(\.info), checkpointContents: script.checkpointContents,
      notCopied: script.experiment.largeFiles.map(\.path),
      notCompared: machine.compactMap { key, value in value.map { (key, $0) } })
  }
}

/// Ends a run after a step of one stage.
private final class EndAfterStep: CancellingObserver {
  private let stage: String
  private let step: Int
  private(set) var isCancelled = false

  init(stage: String, step: Int) {
    self.stage = stage
    self.step = step
  }

  func stepDidEnd(_ record: StepRecord) {
    if record.stage === stage, record.step >= step { isCancelled = true }
  }
}
