import ArgumentParser
import Glibc
import SwerveFiles
import SwerveRecords
import SwerveReports
import SwerveRuns
import SwerveTensor
import SwerveText

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run an experiment and record it.",
    discussion: """
      The record goes to a new folder under runs/: what went in, every metric of every step with a hash chain, samples, \
      checkpoints, and the result. Ctrl-C ends the step, writes a checkpoint and exits with 130; a second one exits at once.

      A run that was stopped, killed or cut off by a full disk goes on with --resume, from its last checkpoint to the very \
      bits of a run that never stopped. Give the same script and options, or the run's folder in place of the script.

      EXAMPLE
        swerve run examples/quick.lua --set alpha=10 --seed 3
        swerve run examples/quick.lua --set alpha=10 --seed 3 --resume
        swerve run runs/quick-3-0a1b2c3d --resume
      """)

  @Argument(
    help: "The Lua file that describes the experiment; with --resume, also a run folder.",
    completion: .luaFile) var script: String
  @OptionGroup var options: ScriptOptions
  @OptionGroup var base: BaseOptions
  @Option(
    help: ArgumentHelp("The run folder to make; it must not exist. (default: RUNS/NAME-SEED-HASH)", valueName: "dir"),
    completion: .directory)
  var out: String?
  @Option(help: ArgumentHelp("The folder that run folders are made in.", valueName: "folder"), completion: .directory)
  var runs = "runs"
  @Flag(help: "Go on with the last run of this script, these options and this seed.")
  var resume = false
  @Flag(help: "With --resume: then compute the whole run again, from its first step, and compare every bit.")
  var verify = false
  @Option(
    help: ArgumentHelp(
      "Steps between checkpoints that a killed run goes on from. (default: by time, about a minute)", valueName: "n"))
  var checkpointEvery: Int?
  @Flag(help: "Keep every such checkpoint, so that `replay --from` and `diff --locate` can start there.")
  var keepCheckpoints = false
  @Flag(
    inversion: .prefixedNo,
    help: "Take pre-training that an earlier run in the same folder computed from the stage cache, .stages there.")
  var cache = true
  @Option(
    help: ArgumentHelp(
      "Stop after this step of the last stage, or of the one named, with a checkpoint to go on from.",
      valueName: "[stage:]n"))
  var until: String?
  @OptionGroup var threads: ThreadOptions
  @Option(
    help: ArgumentHelp(
      "Processes that compute the run together, by MPI; any number gives the same bits. Under mpirun or srun: as many as "
        + "that started. (default: 1)", valueName: "n"))
  var ranks: Int?
  @Option(help: "exact: the same bits on every machine. blas: OpenBLAS, the same bits on the same kind of machine.")
  var math: MathMode = .exact
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if verify && !resume { throw ValidationError("--verify goes with --resume; `swerve replay RUN` verifies any run") }
    if let checkpointEvery, checkpointEvery < 1 {
      throw ValidationError("--checkpoint-every must be at least 1, got \(checkpointEvery)")
    }
    if let ranks, !(1...1024).contains(ranks) { throw ValidationError("--ranks must be in 1...1024, got \(ranks)") }
    if until != nil, last == nil {
      throw ValidationError("--until needs a step, from 1, as in 10 or rl:10, got \"\(until ?? "")\"")
    }
    if until != nil, verify { throw ValidationError("--verify is for runs that end, so it does not go with --until") }
  }

  /// The step that `--until` names.
  private var last: (stage: String?, step: Int)? {
    guard let parts = until?.pieces(at: ":", omittingEmpty: false), let last = parts.last, let step = Int(last),
      step >= 1,
      parts.count <= 2, !parts[0].isEmpty
    else { return nil }
    return (parts.count == 2 ? parts[0] : nil, step)
  }

  func run() throws {
    Interruption.finishStepFirst()
    switch try RankPlan.make(asked: ranks) {
    case .alone: try end(compute(OneRank()))
    case .join(let ranks): try join(try joined(ranks))
    case .launch(let ranks):
      let status = try RankLauncher.run(
        ranks, CommandLine.arguments, cores: ThreadOptions.cores, didStart: Interruption.endWithThis,
        isCancelled: { Interruption.isRequested })
      if status != 0 { throw ExitCode(status) }
    }
  }

  /// What is wrong for all ranks is said once.
  private func joined(_ ranks: Int) throws -> MPICommunicator {
    do {
      return try MPICommunicator(expected: ranks)
    } catch let error as RankError where RankPlan.rank > 0 {
      // A launcher may end all ranks as soon as one has ended.
      sleep(1)
      throw ExitCode(error.exitCode)
    }
  }

  /// Whether the run can go on.
  private enum Ending {
    case complete
    case stopped
  }

  private func end(_ ending: Ending) throws {
    if ending == .stopped { throw Interruption.exitCode }
  }

  /// Takes part as one of several ranks. What goes wrong on one of them ends all.
  private func join(_ mpi: MPICommunicator) throws {
    // Of signals that reach all ranks, the first one tells.
    if mpi.rank > 0 { Interruption.beSilent() }
    let ending: Ending
    do {
      ending = try mpi.rank == 0 ? compute(mpi) : follow(mpi)
    } catch {
      // What goes wrong on all ranks, such as a script's error, is rank 0's to say.
      if mpi.rank > 0 { sleep(10) }
      mpi.abort((error as? ExitCode)?.rawValue ?? ErrorText(error).report(asJSON: output.json))
    }
    mpi.close()
    try end(ending)
  }

  private func follow(_ communicator: any Communicator) throws -> Ending {
    var watchers = Runner.Watchers()
    watchers.observers = [InterruptionObserver()]
    watchers.communicator = communicator
    let script = resume ? nil : try load(communicator)
    let isComplete = try Runner.follow(
      script, threads: threadCount(communicator), seconds: options.time.seconds, watchers: watchers)
    return isComplete || until != nil && !Interruption.isRequested ? .complete : .stopped
  }

  private func threadCount(_ communicator: any Communicator) -> Int {
    if communicator.isAlone { return threads.threads }
    return threads.given ?? RankPlan.threads(cores: ThreadOptions.cores, ranks: communicator.ranks)
  }

  /// Runs, or resumes, and records.
  private func compute(_ communicator: any Communicator) throws -> Ending {
    var folder: RunFolder?
    var watchers = Runner.Watchers()
    watchers.observers = Progress.observers(quiet: output.quiet)
    watchers.pacing = CheckpointPacing(steps: checkpointEvery, keepsAll: keepCheckpoints)
    watchers.didOpen = { folder = $0 }
    watchers.usesCache = cache
    watchers.until = last
    watchers.didReuse = { stage, place, isWaiting in
      if output.quiet { return }
      Console.note(
        isWaiting
          ? "stage \(stage.name): another run computes it; waiting"
          : "stage \(stage.name): \(stage.steps) steps taken from \(place); --no-cache computes them again")
    }
    watchers.communicator = communicator
    watchers.isCancelled = { Interruption.isRequested || Sweep.isOrphaned }
    let outcome: Runner.Outcome
    do {
      outcome = resume ? try resumed(watchers) : try started(watchers)
    } catch {
      // Before there is a folder, there is no record, and the command reports the error itself.
      guard let folder else { throw error }
      let status = ErrorText(error).report(asJSON: output.json)
      // A run that failed before its first step leaves no folder.
      if POSIXFile.kind(folder.path) != nil, status != ErrorCategory.busy.rawValue {
        // A script that failed would fail again at the same place.
        let advice = [3, 4].contains(status) ? "" : "; to go on: \(Self.resuming(folder.path))"
        Console.note("  what was recorded until then is in \(folder.path)\(advice)")
      }
      throw ExitCode(status)
    }
    try report(try RunReader.read(outcome.folder.path), outcome.result)
    if outcome.result.status == .interrupted, until == nil || Interruption.isRequested { return .stopped }
    if verify { try verifyAgain(outcome.folder.path) }
    return .complete
  }

  private func started(_ watchers: Runner.Watchers) throws -> Runner.Outcome {
    try Runner.run(try load(watchers.communicator), out: out, runsFolder: runs, watchers: watchers)
  }

  private func resumed(_ watchers: Runner.Watchers) throws -> Runner.Outcome {
    let isFolder = POSIXFile.kind(script) == .folder
    let path = isFolder ? script : try out ?? Runner.runToResume(try load(watchers.communicator), runsFolder: runs)
    return try Runner.resume(
      path, threads: threadCount(watchers.communicator), seconds: options.time.seconds, watchers: watchers,
      output: Console.noteText)
  }

  /// Ranks other than 0 print nothing.
  private func load(_ communicator: any Communicator) throws -> LoadedScript {
    var settings = options.runSettings
    settings.threads = threadCount(communicator)
    settings.base = base.base
    settings.math = math
    let loaded = try LoadedScript.load(script, settings) { if communicator.rank == 0 { Console.noteText($0) } }
    try loaded.requireUseOfBase()
    return loaded
  }

  private func verifyAgain(_ path: String) throws {
    let outcome = try Replay.run(
      path, threads: threads.threads, seconds: options.time.seconds,
      observers: Progress.observers(quiet: output.quiet), output: { _ in })
    if !output.json { Console.write("verified    \(outcome.steps) steps computed again without a stop: identical\n") }
  }

  private func report(_ run: RecordedRun, _ result: RunResult) throws {
    let table = EvaluationTable(run)
    if output.json {
      let members: [JSONMember] = [
        JSONMember("run", .string(run.path)), JSONMember("name", .string(run.manifest.name)),
        JSONMember("seed", .integer(run.manifest.inputs.seed)), JSONMember("evaluations", table.json),
      ]
      Console.write(JSONValue.object(members + (result.json.members ?? [])).compact() + "\n")
      return
    }
    var text = table.text()
    if !text.isEmpty { text += "\n" }
    var rows = [
      ["run", run.path], ["status", "\(result.status.state.rawValue), \(result.steps) steps"],
      ["weights", result.weightsSHA256 ?? "-"],
    ]
    for stage in result.stages {
      guard let reason = stage.stopped, let planned = run.manifest.stages.first(where: { $0.name === stage.name })
      else {
        continue
      }
      rows.append(["stopped", "stage \(stage.name) at step \(stage.steps) of \(planned.steps): \(reason)"])
    }
    for name in try POSIXFile.list(run.folder.checkpoints) where name.endsExactly(with: ".safetensors") {
      rows.append(["checkpoint", Path.join(run.folder.checkpoints, name)])
    }
    Console.write(text + TextTable.text(rows))
    if !output.quiet { Console.note(advice(run, result)) }
  }

  private func advice(_ run: RecordedRun, _ result: RunResult) -> String {
    if result.status != .complete { return "next: \(Self.resuming(run.path))" }
    let path = Shell.path(run.path)
    let (replay, bless) = (Shell.text(["swerve", "replay", path]), Shell.text(["swerve", "bless", path]))
    return "next: \(replay)\n      \(bless) --reason \"...\""
  }

  private static func resuming(_ path: String) -> String {
    Shell.text(["swerve", "run", Shell.path(path), "--resume"])
  }
}
