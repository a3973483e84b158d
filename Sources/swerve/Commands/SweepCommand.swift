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

      Where one machine is not enough, --list prints one command a member for a scheduler, and --member runs only one \
      (as in a job array: --member $SLURM_ARRAY_TASK_ID).

      Search: --sample N draws N points from the ranges of --range, as LOW:HIGH of linear (as uniform of W&B, \
      suggest_float of Optuna), log (log_uniform_values, log=True) or int, or from a choice. The same --sample-seed \
      gives the same points, and one more sample adds members at the end. --halving stops the worse half of the \
      members at some steps of the last stage (synchronous successive halving): when every member has come to such a \
      step, the metric decides, so that who stops does not depend on the order in which processes end. halving.json \
      in the sweep's folder says who stopped where. A member that was stopped is no failure; swerve run MEMBER \
      --resume goes on with it.

      EXAMPLE
        swerve sweep examples/quick.lua --grid alpha=0,10,20 --seeds 1..5
        swerve sweep examples/quick.lua --grid alpha=0,10 --grid kl=1,5 --seeds 1..3 --jobs 4
        swerve sweep SCRIPT --sample 16 --range lr=log:1e-5:1e-3 --range kl=linear:0:5 --range rule=choice:a,b \
          --halving metric=success/plus1,steps=5:10:20
      """)

  @Argument(help: "The Lua file that describes the experiment.") var script: String
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
  @Option(help: ArgumentHelp("The seeds of each point.", valueName: "a..b"))
  var seeds = "1"
  @Option(help: ArgumentHelp("Processes at a time. (default: one for each core)", valueName: "n"))
  var jobs: Int?
  @Option(help: ArgumentHelp("Threads of each process; any number gives the same bits.", valueName: "n"))
  var threads = 1
  @Option(
    help: ArgumentHelp(
      "The sweep's folder; an existing one is continued. (default: RUNS/sweep-NAME-HASH)", valueName: "dir"))
  var out: String?
  @Option(help: ArgumentHelp("The folder in which the folders of sweeps are made.", valueName: "folder"))
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
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...1024).contains(jobs ?? 1) else { throw ValidationError("--jobs must be in 1...1024, got \(jobs ?? 1)") }
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads must be in 1...1024, got \(threads)")
    }
    if sample == nil, !range.isEmpty { throw ValidationError("--range needs --sample N, the number of points to draw") }
    if sample != nil, range.isEmpty {
      throw ValidationError("--sample needs ranges to draw from: --range KEY=log:LOW:HIGH")
    }
    if halving != nil, list || member != nil {
      throw ValidationError("--halving compares all members, so it goes with neither --list nor --member")
    }
  }

  func run() throws {
    Interruption.finishStepFirst()
    let sweep = try loadSweep()
    let members = try chosen(sweep.plan.members)
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
    let failed = try sweep.run(
      members, jobs: jobs ?? ThreadOptions.cores, isCancelled: { Interruption.isRequested },
      didEnd: { member, status in
        if status != .pending { progress.add(isFailure: { if case .failed = status { true } else { false } }()) }
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
  }

  private func loadSweep() throws -> Sweep {
    var settings = RunSettings()
    settings.math = math
    settings.limits = try limits.parsed()
    settings.limits.seconds = time.seconds
    let sampling = try sample.map { count in
      try SweepPlan.Sampling(ranges: try range.map { try SweepRange($0) }, count: count, seed: sampleSeed)
    }
    let plan = try SweepPlan(
      axes: try grid.map { try SweepPlan.Axis($0) }, sampling: sampling, seeds: try SweepPlan.seeds(seeds))
    return try Sweep(
      script: script, plan: plan, out: out, runsFolder: runs, threads: threads, settings: settings,
      halving: try halving.map { try HalvingPlan($0) })
  }

  private func chosen(_ members: [SweepMember]) throws -> [SweepMember] {
    guard let member else { return members }
    guard members.indices.contains(member - 1) else {
      throw ValidationError("--member must be in 1...\(members.count), got \(member)")
    }
    return [members[member - 1]]
  }

  private func report(_ member: SweepMember, _ status: Sweep.Status, _ progress: String) {
    if output.quiet { return }
    switch status {
    case .complete: Console.note("done    \(member.name)  (\(progress))")
    case .pending: Console.note("stopped \(member.name)")
    case .halved(let step, let value):
      let shown = value.map { " with \(ExactText.text($0))" } ?? " without a value"
      Console.note("halved  \(member.name) at step \(step)\(shown)  (\(progress))")
    case .failed(let reason): Console.note("FAILED  \(member.name): \(reason)  (\(progress))")
    }
  }

  private func printResults(_ sweep: Sweep) throws {
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
