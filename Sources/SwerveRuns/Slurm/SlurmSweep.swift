import Glibc
import SwerveFiles
import SwerveRecords
import SwerveText

/// A sweep whose members are jobs of a Slurm cluster. Each member is a run in the sweep's folder, which all machines
/// must see at the same path. What a member came to stands in its own record; Slurm only says which members it has, and
/// how one died that left no result.
package struct SlurmSweep {
  let sweep: Sweep
  /// The sweep's folder, absolute.
  let folder: String
  let client: SlurmClient

  /// What a user should see while it goes on.
  package enum Event {
    case submitted(job: String, members: Int)
    /// With the number of members that are done then.
    case ended(SweepMember, Ending, done: Int)
    /// Members that are done, run and wait, whenever one of these changes.
    case count(done: Int, running: Int, waiting: Int)
    /// Why members have been waiting for long.
    case waiting(String)
    /// Whether Slurm's controller has begun or ceased to answer.
    case isAway(Bool)
  }

  /// How a member ended.
  package enum Ending: Equatable {
    case complete
    case failed(String)
    /// Something outside of it ended it. It goes on with the next submission, from its last checkpoint.
    case cutOff(String)
    /// Another process was writing its run.
    case busy
  }

  /// - Throws: SlurmError.badPath; FileError.
  package init(_ sweep: Sweep, client: SlurmClient) throws {
    try POSIXFile.makeFolders(sweep.folder)
    guard let folder = Path.absolute(sweep.folder) else {
      throw FileError.system(.open, path: sweep.folder, code: errno)
    }
    if !SlurmBatch.isWritable(folder) { throw SlurmError.badPath(folder) }
    self.sweep = sweep
    self.folder = folder
    self.client = client
  }

  /// Whether jobs were ever submitted for the sweep of a folder.
  package static func isThere(in folder: String) -> Bool {
    Path.absolute(folder).map { SlurmRecord.exists(in: $0) } ?? false
  }

  // MARK: Submitting

  /// Submits the members that have no result and no job.
  /// - Parameters:
  ///   - isCancelled: asked while Slurm's controller does not answer.
  /// - Returns: the members that were submitted.
  /// - Throws: SlurmError; RecordError.sweepLocked while another process submits members of the sweep.
  package func submit(
    _ options: SlurmOptions, isCancelled: () -> Bool, didHappen: (Event) -> Void
  ) throws -> [SweepMember] {
    try options.check()
    let batch = try SlurmBatch(
      folder: folder, program: ChildProcess.thisProgram(), workingFolder: Path.absolute(".") ?? "/",
      library: Environment.value("SWERVE_LUA").flatMap { Path.absolute($0) })
    try POSIXFile.makeFolders(batch.logs)
    guard let lock = try FileLock(folder: SlurmBatch.folder(of: folder), isShared: false) else {
      throw RecordError.sweepLocked(path: folder)
    }
    return try withExtendedLifetime(lock) {
      try sweep.writeRecord()
      var record = try SlurmRecord.read(in: folder)
      let tasks = try patiently(isCancelled, didHappen) {
        try client.tasks(named: record.attempts.flatMap(\.jobs).map(\.name))
      }
      record.settle(tasks)
      let open = Set(tasks.filter { !$0.state.isOver }.map(\.key))
      let places = try places(record, batch)
      let left = try sweep.plan.members.filter { member in
        if let place = places[member.number], open.contains(place) { return false }
        return try sweep.status(member) != .complete
      }
      if left.isEmpty { return [] }
      let limit = try patiently(isCancelled, didHappen) { try client.isAnswering() ? client.maxArraySize() : nil }
      let number = (record.attempts.map(\.number).max() ?? 0) + 1
      let name = record.name(number)
      var attempt = SlurmRecord.Attempt(number: number, arrays: SlurmArray.cut(left.count, name: name, limit: limit))
      if options.makesReport { attempt.report = SlurmArray(name: name + ".report", offset: 0, count: 1) }
      try POSIXFile.writeAtomically(SlurmBatch.list(left), to: batch.list(number))
      try POSIXFile.writeAtomically(
        batch.text(number, attempt.arrays, options, threads: sweep.definition.threads), to: batch.script(number))
      if let report = attempt.report {
        try POSIXFile.writeAtomically(
          batch.reportText(number, name: report.name, options), to: batch.reportScript(number))
      }
      record.attempts.append(attempt)
      try record.write(in: folder)
      do {
        try submit(&record, batch, options, isCancelled, didHappen)
      } catch {
        // Nothing stays in the record that Slurm has not taken.
        record.settle([])
        try record.write(in: folder)
        throw error
      }
      return left
    }
  }

  /// Submits the last attempt of the record.
  private func submit(
    _ record: inout SlurmRecord, _ batch: SlurmBatch, _ options: SlurmOptions, _ isCancelled: () -> Bool,
    _ didHappen: (Event) -> Void
  ) throws {
    let last = record.attempts.count - 1
    let number = record.attempts[last].number
    for index in record.attempts[last].arrays.indices {
      let array = record.attempts[last].arrays[index]
      // With a limit for all, arrays come one after the other.
      let before = index > 0 && options.throttle != nil ? record.attempts[last].arrays[index - 1].job : nil
      let job = try submit(
        [
          "--job-name=\(array.name)", "--array=\(array.indices(options.throttle))",
        ] + (before.map { ["--dependency=afterany:\($0)"] } ?? []) + [batch.script(number), "\(array.offset)"],
        name: array.name, isCancelled, didHappen)
      record.attempts[last].arrays[index].job = job
      try record.write(in: folder)
      didHappen(.submitted(job: job, members: array.count))
    }
    guard let report = record.attempts[last].report else { return }
    let jobs = record.attempts[last].arrays.map(\.job).joined(separator: ":")
    record.attempts[last].report?.job = try submit(
      ["--dependency=afterany:\(jobs)", batch.reportScript(number)], name: report.name, isCancelled, didHappen)
    try record.write(in: folder)
  }

  /// Submits one job. If sbatch fails, Slurm may have taken the job all the same, so its name is asked for before
  /// anything is tried again.
  private func submit(
    _ arguments: [String], name: String, _ isCancelled: () -> Bool, _ didHappen: (Event) -> Void
  ) throws -> String {
    while true {
      switch try client.submit(arguments) {
      case .accepted(let job): return job
      case .failed(let text):
        let wasAnswering = try client.isAnswering()
        let tasks = try patiently(isCancelled, didHappen) { try client.tasks(named: [name]) }
        if let task = tasks.first { return task.job }
        if wasAnswering { throw SlurmError.rejected(text: text) }
      }
    }
  }

  private static let longestAbsence = 600.0

  /// Asks until Slurm's controller answers.
  /// - Parameter ask: nil: it does not.
  /// - Throws: SlurmError.away when it takes too long, or after a signal.
  private func patiently<Answer>(
    _ isCancelled: () -> Bool, _ didHappen: (Event) -> Void, _ ask: () throws -> Answer?
  ) throws -> Answer {
    let watch = Stopwatch()
    var isAway = false
    while true {
      if let answer = try ask() {
        if isAway { didHappen(.isAway(false)) }
        return answer
      }
      if !isAway { didHappen(.isAway(true)) }
      isAway = true
      if watch.seconds > Self.longestAbsence || isCancelled() { throw SlurmError.away(seconds: Int(watch.seconds)) }
      Self.wait(seconds: 2, isCancelled)
    }
  }

  static func wait(seconds: Double, _ isCancelled: () -> Bool) {
    let watch = Stopwatch()
    while watch.seconds < seconds, !isCancelled() { usleep(50_000) }
  }

  /// The last job of each member, by the member's number.
  func places(_ record: SlurmRecord, _ batch: SlurmBatch) throws -> [Int: SlurmTask.Key] {
    var places: [Int: SlurmTask.Key] = [:]
    for attempt in record.attempts {
      let numbers = try batch.numbers(attempt.number)
      for array in attempt.arrays where array.offset + array.count <= numbers.count {
        for index in 1...array.count {
          places[numbers[array.offset + index - 1]] = SlurmTask.Key(job: ExactString(array.job), index: index)
        }
      }
    }
    return places
  }
}
