import ArgumentParser
import SwerveFiles
import SwerveRecords
import SwerveRuns
import SwerveText

/// The options of a sweep whose members are jobs of a Slurm cluster.
struct SlurmCommandOptions: ParsableArguments {
  @Flag(help: "Run the members as jobs of a Slurm cluster; all its machines must see the sweep's folder.")
  var slurm = false
  @Option(help: ArgumentHelp("With --slurm: the partition.", valueName: "name")) var partition: String?
  @Option(
    name: .customLong("time"),
    help: ArgumentHelp(
      "With --slurm: the longest time of a member, such as 90 (minutes) or 2-00 (days).", valueName: "time"))
  var limit: String?
  @Option(help: ArgumentHelp("With --slurm: the memory of a member, such as 4G.", valueName: "size")) var mem: String?
  @Option(help: ArgumentHelp("With --slurm: the most members at a time.", valueName: "n")) var throttle: Int?
  @Option(
    name: .customLong("slurm-option"),
    help: ArgumentHelp(
      "With --slurm: another option of sbatch, such as account=mine; may be repeated.", valueName: "key=value"))
  var others: [String] = []
  @Flag(help: "With --slurm: return as soon as the jobs are submitted.") var detach = false
  @Flag(help: "With --slurm: when all members have ended, a last job writes report.html into the sweep's folder.")
  var report = false

  func validate() throws {
    if slurm { return }
    let given: [(String, Bool)] = [
      ("--partition", partition != nil), ("--time", limit != nil), ("--mem", mem != nil),
      ("--throttle", throttle != nil), ("--slurm-option", !others.isEmpty), ("--report", report),
    ]
    if let option = given.first(where: \.1)?.0 { throw ValidationError("\(option) goes with --slurm") }
  }

  func parsed() throws -> SlurmOptions {
    var options = try SlurmOptions(others: others)
    options.partition = partition
    options.time = limit
    options.memory = mem
    options.throttle = throttle
    options.makesReport = report
    try options.check()
    return options
  }
}

extension SweepCommand {
  /// Submits what is left, and follows it unless it should not.
  func submit(_ sweep: Sweep, _ jobs: SlurmSweep, _ options: SlurmOptions) throws {
    let members = try jobs.submit(
      options, isCancelled: { Interruption.isRequested }, didHappen: { show($0, members: 0) })
    if cluster.detach {
      if members.isEmpty { note("no member is left to submit") }
      note("next: \(Self.looking(sweep))")
      let result: JSONValue = ["sweep": .string(sweep.folder), "submitted": .integer(members.count)]
      return Console.write((output.json ? result.compact() : "sweep  \(sweep.folder)") + "\n")
    }
    try follow(sweep, jobs)
  }

  /// Looks at the members of a sweep that was submitted, until all have ended, and shows the table.
  func follow(_ sweep: Sweep, _ jobs: SlurmSweep) throws {
    let total = sweep.plan.members.count
    let (ended, isOpen) = try jobs.follow(
      once: cluster.detach, isCancelled: { Interruption.isRequested }, didHappen: { show($0, members: total) })
    Console.clearLive()
    try printResults(sweep)
    func names(_ members: [SweepMember]) -> String {
      members.prefix(5).map(\.name).joined(separator: "; ") + (members.count > 5 ? "; ..." : "")
    }
    if isOpen {
      let advice = "the jobs go on; next: \(Self.looking(sweep)) (or scancel --name to end them)"
      note(Interruption.isRequested ? advice : "next: \(Self.looking(sweep))")
      if Interruption.isRequested { throw Interruption.exitCode }
      return
    }
    let failed = ended.filter { if case .failed = $0.ending { true } else { false } }.map(\.member)
    let left = ended.filter { if case .cutOff = $0.ending { true } else { $0.ending == .busy } }.map(\.member)
    let again = Shell.text(["swerve", "sweep", Shell.path(sweep.folder), "--slurm"])
    if !failed.isEmpty {
      Console.note(
        Style.error.paint("swerve: error:") + " \(failed.count) of \(total) members failed: \(names(failed))")
      Console.note("  hint: logs are in \(sweep.folder)/slurm/log; `\(again)` tries them again")
      throw ExitCode(5)
    }
    if !left.isEmpty {
      Console.note("\(left.count) of \(total) members were cut off: \(names(left))")
      note("next: \(again)")
      throw ExitCode(130)
    }
    if ended.count < total { note("\(total - ended.count) of \(total) members were never submitted; next: \(again)") }
  }

  private static func looking(_ sweep: Sweep) -> String { Shell.text(["swerve", "sweep", Shell.path(sweep.folder)]) }

  private func note(_ text: String) { if !output.quiet { Console.note(text) } }

  private func show(_ event: SlurmSweep.Event, members total: Int) {
    if output.quiet { return }
    switch event {
    case .submitted(let job, let members): Console.note("submitted \(members) members as job \(job)")
    case .ended(let member, let ending, let done): Console.note(Self.text(member, ending) + "  (\(done)/\(total))")
    case .count(let done, let running, let waiting):
      Console.live("\(done)/\(total) done, \(running) running, \(waiting) waiting", .quiet)
    case .waiting(let text): Console.note(text)
    case .isAway(true): Console.note("Slurm's controller does not answer; jobs that run go on; asking again")
    case .isAway(false): Console.note("Slurm's controller answers again")
    }
  }

  private static func text(_ member: SweepMember, _ ending: SlurmSweep.Ending) -> String {
    switch ending {
    case .complete: "done    \(member.name)"
    case .failed(let reason): "FAILED  \(member.name): \(reason)"
    case .cutOff(let reason): "stopped \(member.name): \(reason)"
    case .busy: "busy    \(member.name): another process is writing its run"
    }
  }
}
