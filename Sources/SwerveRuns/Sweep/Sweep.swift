import Glibc
import LuaRuntime
import SwerveText

/// What `swerve sweep` does: run every member into a folder of its own, some at a time, each in its own process, so that a member
/// that fails or crashes stops no other. Whatever is complete stays, so that the same sweep again only does what is left.
package struct Sweep {
  package let script: String
  package let plan: SweepPlan
  package let folder: String
  /// Each member's own.
  package let threads: Int
  package let math: String
  /// "NAME=NUMBER" for each limit of scripts that is not the default.
  let limits: [String]
  /// Processor time of a call of a script.
  let seconds: Int

  private let settings: RunSettings
  /// What goes into the first seed of each point.
  private let inputs: [RunInputs]

  /// How a member stands.
  package enum Status: Equatable, Sendable {
    case complete
    /// Not started, or to be gone on with.
    case pending
    case failed(String)
  }

  /// - Parameter out: nil for runs/sweep-NAME-HASH, where HASH is of everything that decides the sweep's bits.
  /// - Throws: SweepError for two points of equal values; what is wrong with the script at any point of the grid. Nothing has run
  ///   then.
  package init(
    script: String, plan: SweepPlan, out: String?, runsFolder: String, threads: Int, settings: RunSettings
  ) throws {
    self.script = script
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
      return loaded.inputs
    }
    try Self.requireDistinct(plan.points, inputs)
    let all: JSONValue = ["sweep": plan.json, "inputs": .array(inputs.map { .string($0.digest) })]
    folder =
      out ?? Path.join(runsFolder, "sweep-\(Path.fileName(name))-\(Digest.of(all.compact()).leading(8))")
  }

  /// Values are compared as the script's options hold them: 1e-3 and 0.001 of a number are one value, of a string they are two.
  private static func requireDistinct(_ points: [[SweepMember.Option]], _ inputs: [RunInputs]) throws {
    var places: [ExactString: Int] = [:]
    for (place, input) in inputs.enumerated() {
      guard let first = places.updateValue(place, forKey: ExactString(input.digest)) else { continue }
      for (a, b) in zip(points[first], points[place]) where a.value !== b.value {
        let value = input.options[a.key].map { $0.string ?? $0.compact() } ?? b.value
        throw SweepError("--grid \(a.key)=: \(a.value) and \(b.value) are the same value, \(value)")
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

  /// What the member's output and errors go to.
  package func log(_ member: SweepMember) -> String { Path.join(folder, member.fileName + ".log") }

  /// Whether the member's folder is there.
  /// - Throws: RecordError.otherMember where another script, option or limit went into it: it is a run of another sweep.
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

  /// - Throws: RecordError or FileError for a record that can't be read, and for a folder that holds a run of other inputs.
  package func status(_ member: SweepMember) throws -> Status {
    let run = runFolder(member)
    guard try isStarted(member), let result = try RunReader.result(run) else { return .pending }
    switch result.status {
    case .complete: return .complete
    case .interrupted: return .pending
    case .failed(let message): return .failed(message)
    }
  }

  /// The command line that runs a member, or goes on with it; for a scheduler of many machines as well.
  /// - Throws: RecordError or FileError for a folder that holds a run of other inputs.
  package func arguments(_ member: SweepMember) throws -> [String] {
    let run = runFolder(member)
    let time = seconds == LuaLimits().seconds ? [] : ["--seconds", "\(seconds)"]
    let common = ["--quiet", "--json", "--threads", "\(threads)"] + time
    if try isStarted(member) { return ["run", run.path, "--resume"] + common }
    let settings = member.options.flatMap { ["--set", "\($0.key)=\($0.value)"] }
    return ["run", script] + settings + limits.flatMap { ["--limit", $0] }
      + ["--seed", "\(member.seed)", "--out", run.path, "--math", math] + common
  }

  /// Runs what is left of the members.
  /// - Parameters:
  ///   - jobs: processes at a time.
  ///   - didEnd: told of each member that ended, in the order in which they end.
  /// - Returns: the members that failed, in the sweep's order.
  /// - Throws: RecordError.sweepLocked while another process runs the sweep.
  package func run(
    _ members: [SweepMember], jobs: Int, isCancelled: () -> Bool, didEnd: (SweepMember, Status) -> Void
  ) throws -> [SweepMember] {
    try POSIXFile.makeFolders(folder)
    // Jobs of a scheduler run a member each, side by side.
    let lock = try FileLock(folder: folder, isShared: members.count < plan.members.count)
    guard let lock else { throw RecordError.sweepLocked(path: folder) }
    return try withExtendedLifetime(lock) {
      try runLocked(members, jobs: jobs, isCancelled: isCancelled, didEnd: didEnd)
    }
  }

  private func runLocked(
    _ members: [SweepMember], jobs: Int, isCancelled: () -> Bool, didEnd: (SweepMember, Status) -> Void
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
          [program] + (try arguments(member)), environment: [(Self.parentVariable, "\(getpid())")], log: log(member))
        running.append((member, process))
      }
      for (place, child) in running.enumerated().reversed() {
        guard let ending = child.process.ending() else { continue }
        running.remove(at: place)
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
    case .exit(0): return .complete
    case .exit(130): return .pending
    case .signal(let number): return .failed("it was ended by signal \(number)")
    case .exit(let code):
      if case .failed(let message) = (try? status(member)) ?? .pending { return .failed(message) }
      return .failed("exit code \(code), see \(log(member))")
    }
  }

  /// In the environment of a member: the process whose end it is to follow.
  private static let parentVariable = "SWERVE_SWEEP"

  /// True in a member of a sweep that is gone, so that no member outlives a sweep that was killed by more than a step.
  package static var isOrphaned: Bool {
    guard let text = getenv(parentVariable), let parent = Int32(String(cString: text)) else { return false }
    return getppid() != parent
  }
}
