import Glibc
import SwerveFiles
import SwerveText

/// The mark of the process that writes a run: `.writer` in the run's folder. Whoever goes on with a run puts its own
/// mark there first, and a writer looks at the mark before each line and each checkpoint. A process that has lost it
/// stops.
///
/// A lock keeps two writers of one machine apart, and mostly those of two machines, too. The mark is for file systems
/// whose locks don't reach other machines: where a scheduler starts a job again because it no longer hears of its
/// machine, the first one may well go on. Between a look and the write that follows it, nothing keeps writers apart;
/// the hash chain would show that.
package struct WriterMark: Sendable {
  package static let fileName = ".writer"
  private static let format = 1

  private let path: String
  private let run: String
  private let bytes: [UInt8]

  /// Puts the mark of this process into a run's folder.
  /// - Throws: FileError.
  package static func take(_ run: RunFolder) throws -> WriterMark {
    try take(run, as: Writer(environment: { Environment.value($0) }))
  }

  static func take(_ run: RunFolder, as writer: Writer) throws -> WriterMark {
    let mark = WriterMark(
      path: Path.join(run.path, fileName), run: run.path, bytes: Array((writer.json.compact() + "\n").utf8))
    try POSIXFile.writeAtomically(mark.bytes, to: mark.path)
    return mark
  }

  /// - Throws: RecordError.takenOver if the run's folder no longer has this mark.
  package func require() throws {
    let found: [UInt8]
    do {
      found = try POSIXFile.read(path)
    } catch FileError.system(_, _, let code) where [ENOENT, ESTALE].contains(code) {
      throw RecordError.takenOver(path: run, by: nil)
    }
    guard found == bytes else { throw RecordError.takenOver(path: run, by: Writer(found)?.text) }
  }

  /// Removes the mark of a run that ended.
  /// - Throws: as `require`; FileError.
  package func remove() throws {
    try require()
    try POSIXFile.remove(path)
  }

  /// Whether the process of a mark may still write: one of another machine can't be asked.
  /// - Parameter bytes: the content of a mark's file.
  /// - Returns: nil for a mark of another machine, and for what is no mark.
  package static func isWriting(_ bytes: [UInt8]) -> Bool? {
    guard let writer = Writer(bytes), writer.host === POSIXFile.machineName else { return nil }
    return POSIXFile.isRunning(writer.process)
  }

  /// A process that writes a run.
  struct Writer {
    let host: String
    let process: Int
    /// Nanoseconds since 1970, so that a number of a process that is used again makes another mark.
    let started: Int
    /// "12_3" or "12"; nil outside of Slurm.
    let job: String?
    /// How often Slurm has started the job again.
    let restart: Int

    init(host: String, process: Int, started: Int, job: String?, restart: Int) {
      self.host = host
      self.process = process
      self.started = started
      self.job = job
      self.restart = restart
    }

    /// This process.
    init(environment: (String) -> String?) {
      let task = environment("SLURM_ARRAY_JOB_ID").flatMap { array in
        environment("SLURM_ARRAY_TASK_ID").map { "\(array)_\($0)" }
      }
      self.init(
        host: POSIXFile.machineName, process: POSIXFile.processNumber, started: Clock.nanoseconds(),
        job: task ?? environment("SLURM_JOB_ID"), restart: environment("SLURM_RESTART_COUNT").flatMap { Int($0) } ?? 0)
    }

    /// nil for a text that is no mark.
    init?(_ bytes: [UInt8]) {
      guard let value = try? JSONParser.parse(bytes), let host = value["host"]?.string,
        let process = value["process"]?.integer, let started = value["started"]?.integer
      else { return nil }
      self.init(
        host: host, process: process, started: started, job: value["job"]?.string,
        restart: value["restart"]?.integer ?? 0)
    }

    var json: JSONValue {
      .object(
        [
          JSONMember("swerve_writer", .integer(WriterMark.format)), JSONMember("host", .string(host)),
          JSONMember("process", .integer(process)), JSONMember("started", .integer(started)),
        ] + (job.map { [JSONMember("job", .string($0)), JSONMember("restart", .integer(restart))] } ?? []))
    }

    /// "Slurm's job 12_3 (restart 1) on node2".
    var text: String {
      guard let job else { return "process \(process) on \(host)" }
      return "Slurm's job \(job)" + (restart > 0 ? " (restart \(restart))" : "") + " on \(host)"
    }
  }
}
