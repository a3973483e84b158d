import ArgumentParser
import SwerveFiles
import SwerveRecords
import SwerveReports
import SwerveRuns
import SwerveTensor
import SwerveText

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Run a script over a grid of options and a range of seeds.",
    discussion: """
      Each member is a run of its own in the sweep's folder, in its own process; one that fails stops no other. The same \
      command continues a sweep that was stopped: members that are complete stay, as long as the script is the same. \
      Members have a fixed order, and so have the results.

      The folder of a sweep in place of the script shows the results so far.

      With --slurm the members are jobs of a cluster. What is submitted can be read in the sweep's folder, under slurm/: \
      the list of members, the batch script (sbatch takes it by hand, too) and the logs. The command follows the jobs and \
      ends with the same table; after Ctrl-C or with --detach the jobs go on, and the sweep's folder in place of the \
      script follows them. The same command submits what has no result yet, and nothing twice: what failed, and what \
      Slurm cut off, from its last checkpoint. docs/scale.md has more.

      Where one machine is not enough, --list prints one command a member for a scheduler, and --member runs only one, \
      in this process and without the table. Give it --out, or the sweep's folder in place of the script: then it loads \
      no other member. A member whose run another process writes exits with 6, which is no failure.

      Search: --sample N draws N points from the ranges of --range, as LOW:HIGH of linear (as uniform of W&B, \
      suggest_float of Optuna), log (log_uniform_values, log=True) or int, or from a choice. The same --sample-seed \
      gives the same points, and one more sample adds members at the end. --halving stops the worse half of the \
      points at some steps of the last stage (synchronous successive halving): when every member has come to such a \
      step, the metric decides, as the mean over a point's seeds, so that who stops does not depend on the order in which processes end. halving.json \
      in the sweep's folder says who stopped where. A member that was stopped is no failure; swerve run MEMBER \
      --resume goes on with it.

      EXAMPLE
        swerve sweep examples/quick.lua --grid alpha=0,10,20 --seeds 1..5
        swerve sweep examples/quick.lua --grid alpha=0,10 --grid kl=1,5 --seeds 1..3 --jobs 4
        swerve sweep runs/sweep-quick-0a1b2c3d
        swerve sweep examples/quick.lua --seeds 1..400 --slurm --partition cpu --time 90 --throttle 50 --detach
        swerve sweep SCRIPT --sample 16 --range lr=log:1e-5:1e-3 --range kl=linear:0:5 --range rule=choice:a,b \
          --halving metric=success/plus1,steps=5:10:20
      """)

  @Argument(
    help: "The Lua file that describes the experiment; or the folder of a sweep.",
    completion: .luaFile) var script: String
  @Option(
    name: .customLong("grid"),
    help: ArgumentHelp("An option and its values; may be repeated.", valueName: "key=v1,v2"))
  var grid: [String] = []
  @Option(
    name: .customLong("range"),
    help: ArgumentHelp(
      "An option and the range that --sample draws it from: linear:LOW:HIGH, log:LOW:HIGH, int:LOW:HIGH or choice:A,B; may be "
        + "repeated.", valueName: "key=kind:..."))
  var range: [String] = []
  @Option(help: ArgumentHelp("Points to draw from the ranges.", valueName: "n"))
  var sample: Int?
  @Option(help: ArgumentHelp("The seed that samples are drawn by.", valueName: "n"))
  var sampleSeed: UInt64 = 1
  @Option(
    help: ArgumentHelp(
      "Stop the worse half at some steps: metric=NAME,steps=N:N[,mode=max|min][,keep=SHARE][,stage=NAME].",
      valueName: "spec"))
  var halving: String?
  @Option(help: ArgumentHelp("The seeds of each point. (default: 1)", valueName: "a..b"))
  var seeds: String?
  @Option(help: ArgumentHelp("Processes at a time. (default: one for each core)", valueName: "n"))
  var jobs: Int?
  @Option(
    help: ArgumentHelp("Threads of each process; any number gives the same bits. (default: 1)", valueName: "n"))
  var threads: Int?
  @Option(
    help: ArgumentHelp(
      "The sweep's folder; an existing one is continued. (default: RUNS/sweep-NAME-HASH)", valueName: "dir"),
    completion: .directory)
  var out: String?
  @Option(
    help: ArgumentHelp("The folder in which the folders of sweeps are made.", valueName: "folder"),
    completion: .directory)
  var runs = "runs"
  @Option(
    help: ArgumentHelp(
      "Metrics of the table, as of each stage's last step, or of the best one where it keeps that; * matches anything; may be repeated. (default: "
        + SweepTable.usual.map(\.pattern).joined(separator: ", ") + ")",
      valueName: "glob"))
  var metric: [String] = []
  @OptionGroup var limits: LimitOptions
  @OptionGroup var time: TimeOptions
  @Option(help: "exact: the same bits on every machine. blas: OpenBLAS, the same bits on the same kind of machine.")
  var math: MathMode = .exact
  @Flag(help: "Print the members' commands, one a line, and run nothing.")
  var list = false
  @Option(help: ArgumentHelp("Run only this member, counted from 1.", valueName: "n"))
  var member: Int?
  @OptionGroup(title: "A Slurm cluster") var cluster: SlurmCommandOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...1024).contains(jobs ?? 1) else { throw ValidationError("--jobs must be in 1...1024, got \(jobs ?? 1)") }
    guard (1...1024).contains(threads ?? 1) else {
      throw ValidationError("--threads must be in 1...1024, got \(threads ?? 1)")
    }
    if sample == nil, !range.isEmpty { throw ValidationError("--range needs --sample N, the number of points to draw") }
    if sample != nil, range.isEmpty {
      throw ValidationError("--sample needs ranges to draw from: --range KEY=log:LOW:HIGH")
    }
    if cluster.slurm {
      if list || member != nil { throw ValidationError("--slurm goes with neither --list nor --member") }
      if jobs != nil {
        throw ValidationError("--jobs is for one machine; with --slurm, --throttle limits the members at a time")
      }
    }
  }

  func run() throws {
    Interruption.finishStepFirst()
    if cluster.detach, !cluster.slurm, !isFolder {
      throw ValidationError("--detach goes with --slurm, or with the folder of a sweep")
    }
    let slurm = cluster.slurm ? (client: try SlurmClient(), options: try cluster.parsed()) : nil
    let sweep = try loadSweep()
    if sweep.halving != nil, list || member != nil || cluster.slurm {
      throw ValidationError("--halving compares all members, so it goes with neither --list nor --member nor --slurm")
    }
    if let slurm { return try submit(sweep, SlurmSweep(sweep, client: slurm.client), slurm.options) }
    let members = sweep.plan.members
    if let member { return try run(members[member - 1], of: sweep) }
    if isFolder, !list { return try look(sweep) }
    if list {
      for member in members {
        Console.write(Shell.text(["swerve"] + (try sweep.arguments(member))) + "\n")
      }
      return
    }
    var progress = SweepProgress(
      total: members.count,
      complete: try members.count { try sweep.status($0) == .complete } + sweep.halved().count { $0 != nil })
    let watch = Stopwatch()
    var busy = 0
    let failed = try sweep.run(
      members, jobs: jobs ?? ThreadOptions.cores, isCancelled: { Interruption.isRequested },
      didEnd: { member, status in
        switch status {
        case .pending: break
        case .busy: busy += 1
        case .failed: progress.add(isFailure: true)
        case .complete, .halved: progress.add(isFailure: false)
        }
        report(member, status, progress.text(seconds: watch.seconds))
      })
    try printResults(sweep)
    if Interruption.isRequested {
      if !output.quiet { Console.note("next: the same command goes on with what is left") }
      throw Interruption.exitCode
    }
    if !failed.isEmpty {
      Console.note(
        Style.error.paint("swerve: error:") + " \(failed.count) of \(members.count) members failed: "
          + failed.prefix(5).map(\.name).joined(separator: "; ") + (failed.count > 5 ? "; ..." : ""))
      Console.note("  hint: the logs are beside the runs in \(sweep.folder)")
      throw ExitCode(5)
    }
    if busy > 0 {
      Console.note("\(busy) of \(members.count) members are written by other processes; the same command looks again")
      throw ExitCode(ErrorCategory.busy.rawValue)
    }
  }

  /// Shows what the members of a sweep have come to.
  private func look(_ sweep: Sweep) throws {
    if SlurmSweep.isThere(in: sweep.folder), let client = try? SlurmClient() {
      return try follow(sweep, SlurmSweep(sweep, client: client))
    }
    try printResults(sweep)
    let halved = try sweep.halved()
    let left = try sweep.plan.members.count { try halved[$0.number - 1] == nil && sweep.status($0) != .complete }
    if left > 0, !output.quiet {
      Console.note(
        "\(left) of \(sweep.plan.members.count) members are left; next: "
          + Shell.text(sweep.definition.command(folder: sweep.folder)))
    }
  }

  /// Whether the folder of a sweep is given in place of a script.
  private var isFolder: Bool { POSIXFile.kind(script) == .folder }

  /// Runs one member as `swerve run` does, in this process, so that each signal comes once.
  private func run(_ member: SweepMember, of sweep: Sweep) throws {
    try sweep.withMember(member) { arguments in
      let command = try RunCommand.parse(Array(arguments.dropFirst()) + (output.json ? ["--json"] : []))
      try command.run()
    }
  }

  private func loadSweep() throws -> Sweep {
    if isFolder {
      let given: [(String, Bool)] = [
        ("--grid", !grid.isEmpty), ("--range", !range.isEmpty), ("--sample", sample != nil), ("--seeds", seeds != nil),
        ("--halving", halving != nil), ("--out", out != nil), ("--threads", threads != nil),
        ("--limit", !limits.limits.isEmpty), ("--jobs", jobs != nil),
      ]
      if let option = given.first(where: \.1)?.0 {
        throw ValidationError(
          "\(option) goes with a script; the sweep \(script) has its members and their options in sweep.json")
      }
      let members = try SweepPlan(SweepRecord.read(in: script).definition).members.count
      return try Sweep(folder: script, scope: try scope(members, else: list || cluster.slurm ? .all : .none))
    }
    let definition = try definition()
    return try Sweep(
      definition, out: out, runsFolder: runs, scope: try scope(SweepPlan(definition).members.count, else: .all))
  }

  private func definition() throws -> SweepDefinition {
    var definition = SweepDefinition(
      script: script, seeds: seeds ?? "1", seconds: time.seconds, threads: threads ?? 1, math: math.rawValue)
    definition.grid = grid
    definition.ranges = range
    definition.sample = sample
    definition.sampleSeed = sampleSeed
    definition.halving = halving
    definition.limits = try limits.parsed().changed
    return definition
  }

  private func scope(_ members: Int, else other: Sweep.Scope) throws -> Sweep.Scope {
    guard let member else { return other }
    guard (1...members).contains(member) else {
      throw ValidationError("--member must be in 1...\(members), got \(member)")
    }
    return .member(member)
  }

  private func report(_ member: SweepMember, _ status: Sweep.Status, _ progress: String) {
    if output.quiet { return }
    switch status {
    case .complete: Console.note("done    \(member.name)  (\(progress))")
    case .pending: Console.note("stopped \(member.name)")
    case .busy: Console.note("busy    \(member.name): another process is writing its run")
    case .halved(let step, let value):
      let shown = value.map { " with \(ExactText.text($0))" } ?? " without a value"
      Console.note("halved  \(member.name) at step \(step)\(shown)  (\(progress))")
    case .failed(let reason): Console.note("FAILED  \(member.name): \(reason)  (\(progress))")
    }
  }

  func printResults(_ sweep: Sweep) throws {
    let halvedAt = try sweep.halved().map { status in
      if case .halved(let step, _)? = status { step } else { nil as Int? }
    }
    let table = try SweepTable(
      sweep.plan, shown: metric.isEmpty ? SweepTable.usual : metric.map { Glob($0) }, halvedAt: halvedAt,
      completeRun: sweep.completeRun)
    if output.json {
      let object: JSONValue = ["sweep": .string(sweep.folder), "plan": sweep.plan.json, "results": table.json]
      Console.write(object.compact() + "\n")
    } else {
      Console.write(table.text() + "\nsweep  \(sweep.folder)\n")
      if let note = table.note, !output.quiet { Console.note(note) }
    }
  }
}
