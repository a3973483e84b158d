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
  package let definition: SweepDefinition
  package let plan: SweepPlan
  package let folder: String
  /// How worse members stop on the way; nil: every member runs to its end.
  package let halving: HalvingPlan?
  private let settings: RunSettings
  /// The inputs of each point that was loaded, for its first seed, by the point's place in the plan.
  private let inputs: [Int: RunInputs]

  package var script: String { definition.script }

  /// The status of a member.
  package enum Status: Equatable, Sendable {
    case complete
    /// Not started, or to be resumed.
    case pending
    case failed(String)
    /// Another process is writing its run.
    case busy
    /// Halving has stopped it at this step, with this value of the metric. Its run can be resumed by hand.
    case halved(step: Int, value: Float?)
  }

  /// The points whose script is loaded and checked, before any member runs.
  package enum Scope: Sendable {
    case all
    /// Only the point of this member, counted from 1: what a job of a cluster needs, so that the work of all jobs together does
    /// not grow with the square of their number.
    case member(Int)
    /// None: to look at records. They are not compared with what the script is now.
    case none
  }

  /// - Parameters:
  ///   - out: nil for runs/sweep-NAME-HASH, where HASH is a digest of everything that decides the sweep's bits, except the
  ///     number of samples. All points are loaded for that.
  /// - Throws: OptionError for options that don't fit, and for two points with equal values; what is wrong with the script at
  ///   a point, its stages and its metric for halving included.
  package init(_ definition: SweepDefinition, out: String?, runsFolder: String, scope: Scope = .all) throws {
    self.definition = definition
    let plan = try SweepPlan(definition)
    let halving = try definition.halving.map { try HalvingPlan($0) }
    let settings = try RunSettings(definition)
    var name = ""
    func load(_ points: [Int]) throws -> [(Int, RunInputs)] {
      let all = plan.points
      return try points.map { point in
        let loaded = try Self.load(definition.script, all[point], plan.seeds.lowerBound, settings)
        name = loaded.plan.name
        try halving?.check(loaded.plan)
        return (point, loaded.inputs)
      }
    }
    (self.plan, self.halving, self.settings) = (plan, halving, settings)
    switch (scope, out) {
    case (.none, let out?):
      inputs = [:]
      folder = out
    case (.member(let number), let out?):
      inputs = Dictionary(uniqueKeysWithValues: try load([(number - 1) / plan.seeds.count]))
      folder = out
    default:
      let loaded = try load(Array(plan.points.indices))
      inputs = Dictionary(uniqueKeysWithValues: loaded)
      try Self.requireDistinct(plan, loaded.map(\.1))
      folder = out ?? Path.join(runsFolder, Self.folderName(name, plan, halving, loaded.map(\.1)))
    }
  }

  /// The sweep of a folder that has a `sweep.json`.
  /// - Throws: also RecordError.sweepEdited if a script that is loaded is not what it was when the sweep began.
  package init(folder: String, scope: Scope) throws {
    let record = try SweepRecord.read(in: folder)
    try self.init(record.definition, out: folder, runsFolder: "", scope: scope)
    for point in plan.points.indices {
      if let inputs = inputs[point], let path = record.firstChange(inputs) {
        throw RecordError.sweepEdited(path: folder, file: path)
      }
    }
  }

  private static func folderName(
    _ name: String, _ plan: SweepPlan, _ halving: HalvingPlan?, _ inputs: [RunInputs]
  ) -> String {
    // With halving, another member changes who stops.
    let decisive = plan.sampling == nil || halving != nil ? inputs[...] : inputs.prefix(1)
    var facts = [
      JSONMember("sweep", plan.json), JSONMember("inputs", .array(decisive.map { .string($0.digest) })),
    ]
    if let halving { facts.append(JSONMember("halving", halving.json)) }
    return "sweep-\(Path.fileName(name))-\(Digest.of(JSONValue.object(facts).compact()).leading(8))"
  }

  /// Writes `sweep.json`, of a sweep whose points are all loaded.
  /// - Throws: FileError.
  package func writeRecord() throws {
    let all = plan.points.indices.compactMap { inputs[$0] }
    let script = Path.absolute(definition.script) ?? definition.script
    var files: [FileDigest] = []
    var paths: Set<ExactString> = []
    for file in all.flatMap(\.files) where paths.insert(ExactString(file.path)).inserted { files.append(file) }
    let record = SweepRecord(
      definition: definition.with(script: script), scriptSHA256: all.first?.scriptSHA256 ?? "", files: files)
    try record.write(in: folder)
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
    guard let first = inputs[(member.number - 1) / plan.seeds.count] else { return true }
    let found = try RunReader.open(run.path).1.inputs
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
  package func arguments(_ member: SweepMember) throws -> [String] {
    try arguments(member, until: nil, output: ["--quiet", "--json"])
  }

  /// - Parameter until: a step after which the run stops for now.
  private func arguments(_ member: SweepMember, until: Int?, output: [String]) throws -> [String] {
    let run = runFolder(member)
    let time = definition.seconds == LuaLimits().seconds ? [] : ["--seconds", "\(definition.seconds)"]
    let stop = until.map { step in ["--until", (halving?.stage.map { $0 + ":" } ?? "") + "\(step)"] } ?? []
    let common = output + ["--threads", "\(definition.threads)"] + time + stop
    if try isStarted(member) { return ["run", run.path, "--resume"] + common }
    let settings = member.options.flatMap { ["--set", "\($0.key)=\($0.value)"] }
    return ["run", script] + settings + definition.limits.flatMap { ["--limit", $0] }
      + ["--seed", "\(member.seed)", "--out", run.path, "--math", definition.math] + common
  }

  /// Passes the arguments of `swerve` for one member to `body`, which runs it in this process. A member that is complete is not
  /// run.
  /// - Throws: RecordError.sweepLocked while another process runs the whole sweep; RecordError.locked if another process has
  ///   started this member meanwhile; what `body` throws.
  package func withMember(_ member: SweepMember, _ body: ([String]) throws -> Void) throws {
    try POSIXFile.makeFolders(folder)
    guard let lock = try FileLock(folder: folder, isShared: true) else { throw RecordError.sweepLocked(path: folder) }
    try withExtendedLifetime(lock) {
      if try status(member) == .complete { return }
      do {
        try body(arguments(member, until: nil, output: ["--quiet"]))
      } catch RecordError.folderExists(let path) where POSIXFile.kind(runFolder(member).manifest) == .file {
        throw RecordError.locked(path: path)
      }
    }
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
    guard let lock = try FileLock(folder: folder, isShared: false) else {
      throw RecordError.sweepLocked(path: folder)
    }
    return try withExtendedLifetime(lock) {
      try writeRecord()
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
          [program] + (try arguments(member, until: until, output: ["--quiet", "--json"])),
          environment: [(Self.parentVariable, "\(getpid())")],
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
    case .exit(ErrorCategory.busy.rawValue): return .busy
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
