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

      EXAMPLE
        swerve sweep examples/quick.lua --grid alpha=0,10,20 --seeds 1..5
        swerve sweep examples/quick.lua --grid alpha=0,10 --grid kl=1,5 --seeds 1..3 --jobs 4
      """)

  @Argument(help: "The Lua file that describes the experiment.") var script: String
  @Option(
    name: .customLong("grid"),
    help: ArgumentHelp("An option and its values; may be repeated.", valueName: "key=v1,v2"))
  var grid: [String] = []
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
      "Metrics of the table, as of each stage's last step; * matches anything; may be repeated. (default: "
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
      total: members.count, complete: try members.count { try sweep.status($0) == .complete })
    let watch = Stopwatch()
    let failed = try sweep.run(
      members, jobs: jobs ?? ThreadOptions.cores, isCancelled: { Interruption.isRequested },
      didEnd: { member, status in
        if status != .pending { progress.add(isFailure: status != .complete) }
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
    let plan = try SweepPlan(axes: try grid.map { try SweepPlan.Axis($0) }, seeds: try SweepPlan.seeds(seeds))
    return try Sweep(script: script, plan: plan, out: out, runsFolder: runs, threads: threads, settings: settings)
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
    case .failed(let reason): Console.note("FAILED  \(member.name): \(reason)  (\(progress))")
    }
  }

  private func printResults(_ sweep: Sweep) throws {
    let table = try SweepTable(
      sweep.plan, shown: metric.isEmpty ? SweepTable.usual : metric.map { Glob($0) }, completeRun: sweep.completeRun)
    if output.json {
      let object: JSONValue = ["sweep": .string(sweep.folder), "plan": sweep.plan.json, "results": table.json]
      Console.write(object.compact() + "\n")
    } else {
      Console.write(table.text() + "\nsweep  \(sweep.folder)\n")
      if let note = table.note, !output.quiet { Console.note(note) }
    }
  }
}
