import Glibc
import LuaRuntime
import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// What `swerve sweep` does: it runs every member in its own folder and its own process, several at a time, so that a
/// member that fails or crashes does not stop the others. Complete members are kept, so running the same sweep again
/// does only the rest.
package struct Sweep {
  package let script: String
  package let plan: SweepPlan
  package let folder: String
  /// The number of threads of each member.
  package let threads: Int
  package let math: String
  /// "NAME=NUMBER" for each limit of scripts that is not the default.
  let limits: [String]
  /// The most processor time of a call of a script.
  let seconds: Int

  /// How worse members stop on the way; nil: every member runs to its end.
  package let halving: HalvingPlan?
  private let settings: RunSettings
  /// The inputs of each point of the grid, for its first seed.
  private let inputs: [RunInputs]

  /// The status of a member.
  package enum Status: Equatable, Sendable {
    case complete
    /// Not started, or to be resumed.
    case pending
    case failed(String)
    /// Halving has stopped it at this step, with this value of the metric. Its run can be resumed by hand.
    case halved(step: Int, value: Float?)
  }

  /// - Parameters:
  ///   - out: nil for runs/sweep-NAME-HASH, where HASH is a digest of everything that decides the sweep's bits, except the
  ///     number of samples.
  ///   - halving: the stage, its steps and its metric are checked for every point.
  /// - Throws: OptionError for two points with equal values; what is wrong with the script at any point of the grid. No
  ///   member runs before these checks.
  package init(
    script: String, plan: SweepPlan, out: String?, runsFolder: String, threads: Int, settings: RunSettings,
    halving: HalvingPlan? = nil
  ) throws {
    self.script = script
    self.halving = halving
    self.plan = plan
    self.threads = threads
    math = settings.math.rawValue
    limits = settings.limits.changed
    seconds = settings.limits.seconds
    self.settings = settings
    var name = ""
    inputs = try plan.points.map { point in
      let loaded = try Self.load(script, point, plan.seeds.lowerBound, settings)
      name = loaded.plan.name
      try halving?.check(loaded.plan)
      return loaded.inputs
    }
    try Self.requireDistinct(plan, inputs)
    // With halving, another member changes who stops.
    let decisive = plan.sampling == nil || halving != nil ? inputs[...] : inputs.prefix(1)
    var facts = [
      JSONMember("sweep", plan.json), JSONMember("inputs", .array(decisive.map { .string($0.digest) })),
    ]
    if let halving { facts.append(JSONMember("halving", halving.json)) }
    let all = JSONValue.object(facts)
    folder =
      out ?? Path.join(runsFolder, "sweep-\(Path.fileName(name))-\(Digest.of(all.compact()).leading(8))")
  }

  /// Values are compared as the script's options hold them: 1e-3 and 0.001 are equal for a number option, but different
  /// for a string option.
  private static func requireDistinct(_ plan: SweepPlan, _ inputs: [RunInputs]) throws {
    let points = plan.points
    var indices: [ExactString: Int] = [:]
    for (index, input) in inputs.enumerated() {
      guard let first = indices.updateValue(index, forKey: ExactString(input.digest)) else { continue }
      for (a, b) in zip(points[first], points[index]) where a.value !== b.value {
        let value = input.options[a.key].map { $0.string ?? $0.compact() } ?? b.value
        let option = plan.axes.contains { $0.key === a.key } ? "--grid" : "--range"
        throw OptionError("\(option) \(a.key)=: \(a.value) and \(b.value) are the same value, \(value)")
      }
    }
  }

  private static func load(
    _ script: String, _ point: [SweepMember.Option], _ seed: UInt64, _ settings: RunSettings
  ) throws -> LoadedScript {
    var settings = settings
    settings.options = point.map { (key: $0.key, value: $0.value) }
    settings.seed = seed
    return try LoadedScript.load(script, settings) { _ in }
  }

  package func runFolder(_ member: SweepMember) -> RunFolder {
    RunFolder(path: Path.join(folder, member.fileName))
  }

  /// The file for the member's output and errors.
  package func log(_ member: SweepMember) -> String { Path.join(folder, member.fileName + ".log") }

  /// Whether the member's folder exists.
  /// - Throws: RecordError.otherMember if the folder has a run with another script, option or limit, which belongs to
  ///   another sweep.
  private func isStarted(_ member: SweepMember) throws -> Bool {
    let run = runFolder(member)
    guard POSIXFile.kind(run.manifest) == .file else { return false }
    let found = try RunReader.open(run.path).1.inputs
    let first = inputs[(member.number - 1) / plan.seeds.count]
    if found.digest === first.with(seed: member.seed).digest { return true }
    // A script may read other files for another seed.
    let expected = try Self.load(script, member.options, member.seed, settings).inputs
    if found.digest === expected.digest { return true }
    throw RecordError.otherMember(
      member: member.name, path: run.path, difference: found.firstDifference(from: expected))
  }

  /// - Throws: RecordError or FileError for a record that can't be read, and for a folder with a run of other inputs.
  package func status(_ member: SweepMember) throws -> Status {
    let run = runFolder(member)
    guard try isStarted(member), let result = try RunReader.result(run) else { return .pending }
    switch result.status {
    case .complete: return .complete
    case .interrupted: return .pending
    case .failed(let message): return .failed(message)
    }
  }

  /// The folder of a member's run; nil if that is not complete.
  /// - Throws: as `status`.
  package func completeRun(_ member: SweepMember) throws -> RunFolder? {
    try status(member) == .complete ? runFolder(member) : nil
  }

  /// The command line that runs or resumes a member. A scheduler of many machines can use it, too.
  /// - Throws: RecordError or FileError for a folder with a run of other inputs.
  package func arguments(_ member: SweepMember) throws -> [String] { try arguments(member, until: nil) }

  /// - Parameter until: a step after which the run stops for now.
  private func arguments(_ member: SweepMember, until: Int?) throws -> [String] {
    let run = runFolder(member)
    let time = seconds == LuaLimits().seconds ? [] : ["--seconds", "\(seconds)"]
    let stop = until.map { step in ["--until", (halving?.stage.map { $0 + ":" } ?? "") + "\(step)"] } ?? []
    let common = ["--quiet", "--json", "--threads", "\(threads)"] + time + stop
    if try isStarted(member) { return ["run", run.path, "--resume"] + common }
    let settings = member.options.flatMap { ["--set", "\($0.key)=\($0.value)"] }
    return ["run", script] + settings + limits.flatMap { ["--limit", $0] }
      + ["--seed", "\(member.seed)", "--out", run.path, "--math", math] + common
  }

  /// Runs the members that are not complete.
  /// - Parameters:
  ///   - jobs: the number of processes at a time.
  ///   - didEnd: called for each member that ends, in the order in which they end.
  /// - Returns: the members that failed, in the sweep's order.
  /// - Throws: RecordError.sweepLocked while another process runs the sweep.
  package func run(
    _ members: [SweepMember], jobs: Int, isCancelled: () -> Bool, didEnd: (SweepMember, Status) -> Void
  ) throws -> [SweepMember] {
    try POSIXFile.makeFolders(folder)
    // Jobs of a scheduler each run one member, at the same time.
    let lock = try FileLock(folder: folder, isShared: members.count < plan.members.count)
    guard let lock else { throw RecordError.sweepLocked(path: folder) }
    return try withExtendedLifetime(lock) {
      guard let halving else {
        return try runLocked(members, jobs: jobs, isCancelled: isCancelled, didEnd: didEnd)
      }
      return try run(members, halving, jobs: jobs, isCancelled: isCancelled, didEnd: didEnd)
    }
  }

  /// - Parameter until: a step after which each run stops for now, and is neither complete nor failed.
  func runLocked(
    _ members: [SweepMember], jobs: Int, until: Int? = nil, isCancelled: () -> Bool,
    didEnd: (SweepMember, Status) -> Void
  ) throws -> [SweepMember] {
    let program = try ChildProcess.thisProgram()
    var waiting = try members.filter { try status($0) != .complete }[...]
    var running: [(member: SweepMember, process: ChildProcess)] = []
    var failed: [SweepMember] = []
    var isStopping = false
    while !running.isEmpty || !(waiting.isEmpty || isStopping) {
      if !isStopping && isCancelled() {
        isStopping = true
        for child in running { child.process.interrupt() }
      }
      while !isStopping, running.count < jobs, let member = waiting.popFirst() {
        let process = try ChildProcess(
          [program] + (try arguments(member, until: until)), environment: [(Self.parentVariable, "\(getpid())")],
          log: log(member))
        running.append((member, process))
      }
      for (index, child) in running.enumerated().reversed() {
        guard let ending = child.process.ending() else { continue }
        running.remove(at: index)
        let status = try ended(child.member, ending)
        if case .failed = status { failed.append(child.member) }
        didEnd(child.member, status)
      }
      usleep(10_000)
    }
    return failed.sorted { $0.number < $1.number }
  }

  private func ended(_ member: SweepMember, _ ending: ChildProcess.Ending) throws -> Status {
    switch ending {
    case .exit(0): return try status(member)
    case .exit(130): return .pending
    case .signal(let number): return .failed("it was ended by signal \(number)")
    case .exit(let code):
      if case .failed(let message) = (try? status(member)) ?? .pending { return .failed(message) }
      return .failed("exit code \(code), see \(log(member))")
    }
  }

  /// An environment variable of a member, with the number of the sweep's process. The member ends after that process.
  private static let parentVariable = "SWERVE_SWEEP"

  /// True in a member whose sweep no longer runs. So a member runs at most one step longer than a sweep that was
  /// killed.
  package static var isOrphaned: Bool {
    Environment.number(parentVariable).map { Int(getppid()) != $0 } ?? false
  }
}
