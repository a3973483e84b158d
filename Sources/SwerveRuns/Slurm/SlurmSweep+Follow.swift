import SwerveFiles
import SwerveRecords
import SwerveText

extension SlurmSweep {
  /// Longest and shortest time between two looks, in seconds. Both are short beside what a cluster's users usually do,
  /// and each look is one query.
  private static let pause = (first: 0.5, longest: 5.0)
  /// How long a network file system may hide what a machine has written, after its job has ended.
  private static let delay = 20.0

  /// Looks until every member that was submitted has ended. A member is read when Slurm no longer runs it, so that the
  /// work grows with the number of members, and each look is one query.
  /// - Parameters:
  ///   - once: looks a single time.
  ///   - isCancelled: the jobs go on after that.
  /// - Returns: the members that ended, with those that had before; and whether some still run or wait.
  package func follow(
    once: Bool = false, isCancelled: () -> Bool, didHappen: (Event) -> Void
  ) throws -> (ended: [(member: SweepMember, ending: Ending)], isOpen: Bool) {
    let batch = SlurmBatch(folder: folder, program: "", workingFolder: "", library: nil)
    var record = try SlurmRecord.read(in: folder)
    let names = record.attempts.flatMap(\.arrays).map(\.name)
    // An array whose submission was cut off.
    if record.attempts.contains(where: { !$0.arrays.allSatisfy(\.isSubmitted) }),
      let tasks = try client.tasks(named: names)
    {
      record.settle(tasks)
    }
    let places = try places(record, batch)
    var open = Follower(sweep: sweep, batch: batch, client: client)
    for member in sweep.plan.members {
      if try sweep.status(member) == .complete {
        open.addComplete(member)
      } else if let place = places[member.number] {
        open.add(member, place)
      }
    }
    let watch = Stopwatch()
    var waiting = SlurmWaiting()
    var shown: (Int, Int, Int)?
    var isAway = false
    while !open.isEmpty {
      let tasks = try client.tasks(named: names)
      if (tasks == nil) != isAway {
        isAway = tasks == nil
        didHappen(.isAway(isAway))
      }
      let counts: (running: Int, waiting: [String])
      if let tasks {
        counts = try open.look(tasks, seconds: watch.seconds, patience: once ? 0 : Self.delay, didHappen)
      } else {
        // Jobs go on without it.
        counts = (0, [])
        try open.lookAtResults(didHappen)
      }
      if !isAway {
        let count = (open.ended.count, counts.running, counts.waiting.count)
        if shown.map({ $0 != count }) ?? true {
          didHappen(.count(done: count.0, running: count.1, waiting: count.2))
          shown = count
        }
        for text in waiting.update(counts.waiting, running: counts.running, seconds: watch.seconds) {
          didHappen(.waiting(text))
        }
      }
      if once || open.isEmpty || isCancelled() { break }
      Self.wait(seconds: min(Self.pause.longest, Self.pause.first + watch.seconds / 20), isCancelled)
      if isCancelled() { break }
    }
    return (open.ended.sorted { $0.member.number < $1.member.number }, !open.isEmpty)
  }
}

/// The members that have a job, and what became of them.
private struct Follower {
  let sweep: Sweep
  let batch: SlurmBatch
  let client: SlurmClient
  private var open: [(member: SweepMember, place: SlurmTask.Key, endedAt: Double?)] = []
  private(set) var ended: [(member: SweepMember, ending: SlurmSweep.Ending)] = []

  init(sweep: Sweep, batch: SlurmBatch, client: SlurmClient) {
    self.sweep = sweep
    self.batch = batch
    self.client = client
  }

  var isEmpty: Bool { open.isEmpty }

  mutating func add(_ member: SweepMember, _ place: SlurmTask.Key) { open.append((member, place, nil)) }

  mutating func addComplete(_ member: SweepMember) { ended.append((member, .complete)) }

  /// Compares with what Slurm says.
  /// - Parameters:
  ///   - seconds: of a clock that goes on.
  ///   - patience: how long a result may be late.
  /// - Returns: how many run, and for each that waits, why.
  mutating func look(
    _ tasks: [SlurmTask], seconds: Double, patience: Double, _ didHappen: (SlurmSweep.Event) -> Void
  ) throws -> (running: Int, waiting: [String]) {
    let known = Dictionary(tasks.map { ($0.key, $0) }, uniquingKeysWith: { _, last in last })
    var (running, waiting): (Int, [String]) = (0, [])
    var rest: [(member: SweepMember, place: SlurmTask.Key, endedAt: Double?)] = []
    for entry in open {
      let task = known[entry.place]
      if let task, !task.state.isOver {
        if task.state.isWaiting { waiting.append(task.reason) } else { running += 1 }
        rest.append((entry.member, entry.place, nil))
        continue
      }
      let endedAt = entry.endedAt ?? seconds
      if let ending = try ending(entry.member, entry.place, task?.state, isLate: seconds - endedAt >= patience) {
        end(entry.member, ending, didHappen)
      } else {
        rest.append((entry.member, entry.place, endedAt))
      }
    }
    open = rest
    return (running, waiting)
  }

  /// While Slurm says nothing: members with a result have ended.
  mutating func lookAtResults(_ didHappen: (SlurmSweep.Event) -> Void) throws {
    var rest: [(member: SweepMember, place: SlurmTask.Key, endedAt: Double?)] = []
    for entry in open {
      if POSIXFile.kind(sweep.runFolder(entry.member).result) == .file, try sweep.status(entry.member) == .complete {
        end(entry.member, .complete, didHappen)
      } else {
        rest.append(entry)
      }
    }
    open = rest
  }

  private mutating func end(
    _ member: SweepMember, _ ending: SlurmSweep.Ending, _ didHappen: (SlurmSweep.Event) -> Void
  ) {
    ended.append((member, ending))
    didHappen(.ended(member, ending, done: ended.count))
  }

  /// How a member ended that Slurm no longer runs.
  /// - Returns: nil if its result may still come.
  private func ending(
    _ member: SweepMember, _ place: SlurmTask.Key, _ state: SlurmState?, isLate: Bool
  ) throws -> SlurmSweep.Ending? {
    let status = try sweep.status(member)
    if status == .complete { return .complete }
    if state?.known == .completed, !isLate { return nil }
    // scontrol forgets jobs when squeue does.
    let ending = try state.map { try client.ending(place) ?? SlurmEnding(state: $0) }
    return Self.ending(
      status, ending, log: Path.join(batch.logs, "\(place.job.wrappedValue)_\(place.index ?? 0).log"))
  }

  /// - Parameter ending: what Slurm says; nil: it no longer knows.
  private static func ending(_ status: Sweep.Status, _ ending: SlurmEnding?, log: String) -> SlurmSweep.Ending {
    let reason = ending.map { SlurmDeath($0, log: log) }
    switch (status, reason) {
    case (.complete, _): return .complete
    case (.pending, _) where ending?.code == 4: return .cutOff("a limit of processor time")
    case (_, .cutOff(let text)?): return .cutOff(text)
    case (_, .busy?): return .busy
    case (.failed(let message), _): return .failed(message)
    case (_, .failed(let text)?): return .failed(text)
    case (_, nil): return .cutOff("Slurm no longer knows why")
    }
  }
}

/// Why a job ended without a result.
enum SlurmDeath: Equatable {
  case failed(String)
  case cutOff(String)
  case busy

  init(_ ending: SlurmEnding, log: String) {
    switch ending.state.known {
    case .outOfMemory: self = .failed("Slurm ended it: OUT_OF_MEMORY; --mem asks for more (\(log))")
    case .timeout: self = .cutOff("TIMEOUT; it goes on from its checkpoint, or for longer with --time")
    case .deadline, .cancelled, .nodeFail, .preempted, .bootFail, .revoked: self = .cutOff(ending.state.word)
    case .completed:
      self = .failed("Slurm says COMPLETED, and there is no result: do all machines see this folder? (\(log))")
    default:
      switch (ending.code, ending.signal) {
      case (130, _): self = .cutOff("stopped, with a checkpoint")
      case (6, 0): self = .busy
      case (_, let signal) where signal > 0: self = .failed("signal \(signal) ended it (\(log))")
      case (let code, _): self = .failed("exit code \(code), \(ending.state.word) (\(log))")
      }
    }
  }
}
