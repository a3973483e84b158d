import SwerveFiles
import SwerveRecords
import SwerveText

/// `slurm/jobs.json` in a sweep's folder: what was submitted, so that nothing is submitted twice and a later process
/// can follow it. An array is written there before it is submitted: whoever finds one without a job asks Slurm for its
/// name.
struct SlurmRecord: Equatable {
  private static let fileName = "jobs.json"
  private static let format = 1

  /// The start of all names of jobs: "swerve-0a1b2c3d".
  @ExactString private(set) var name: String
  var attempts: [Attempt] = []

  /// One submission: the members of `slurm/members-NUMBER`.
  struct Attempt: Equatable {
    let number: Int
    var arrays: [SlurmArray]
    /// The job that makes a report.
    var report: SlurmArray?

    var jobs: [SlurmArray] { arrays + (report.map { [$0] } ?? []) }
  }

  /// - Parameter folder: the sweep's folder, absolute. Sweeps of two folders have different names.
  init(folder: String) { name = "swerve-\(Digest.of(folder).leading(8))" }

  /// The name of an attempt's first array.
  func name(_ attempt: Int) -> String { "\(name)-\(attempt)" }

  private static func path(_ folder: String) -> String { Path.join(SlurmBatch.folder(of: folder), fileName) }

  static func exists(in folder: String) -> Bool { POSIXFile.kind(path(folder)) == .file }

  /// - Throws: FileError; RecordError for a file that was changed after it was written.
  static func read(in folder: String) throws -> SlurmRecord {
    var record = SlurmRecord(folder: folder)
    guard exists(in: folder) else { return record }
    let path = path(folder)
    let file = try JSONFile.object(path)
    let format = try file.integer("swerve_slurm")
    guard format == Self.format else {
      throw FileError.formatVersion(path: path, what: "record of jobs", found: format, expected: Self.format)
    }
    let recorded = try file.string("sha256")
    let found = file.value.expectedOwnDigest
    if recorded !== found { throw RecordError.fileChanged(path: path, recorded: recorded, found: found) }
    // A folder that was moved keeps the names of its jobs.
    record.name = try file.string("name")
    record.attempts = try file.elements("attempts").map { element in
      let line = JSONLine(value: element, path: path, line: nil)
      let hasReport = try line.field("report", expected: "an object or null") != .null
      return Attempt(
        number: try line.count("attempt"),
        arrays: try line.elements("arrays").map { try SlurmArray(JSONLine(value: $0, path: path, line: nil)) },
        report: hasReport
          ? try SlurmArray(JSONLine(value: .object(try line.members("report")), path: path, line: nil)) : nil)
    }
    return record
  }

  /// - Throws: FileError.
  func write(in folder: String) throws {
    let attempts: [JSONValue] = attempts.map { attempt in
      [
        "attempt": .integer(attempt.number), "arrays": .array(attempt.arrays.map(\.json)),
        "report": attempt.report.map(\.json) ?? .null,
      ]
    }
    let json = JSONValue.withOwnDigest([
      JSONMember("swerve_slurm", .integer(Self.format)), JSONMember("name", .string(name)),
      JSONMember("attempts", .array(attempts)),
    ])
    try POSIXFile.writeAtomically(json.pretty(), to: Self.path(folder))
  }

  /// Takes over what Slurm has accepted without this record knowing, and drops what it has not.
  /// - Parameter tasks: all that Slurm has under the record's names.
  mutating func settle(_ tasks: [SlurmTask]) {
    func settled(_ array: SlurmArray) -> SlurmArray? {
      if array.isSubmitted { return array }
      guard let task = tasks.first(where: { $0.name === array.name }) else { return nil }
      var array = array
      array.job = task.job
      return array
    }
    attempts = attempts.compactMap { attempt in
      let arrays = attempt.arrays.compactMap(settled)
      return arrays.isEmpty
        ? nil : Attempt(number: attempt.number, arrays: arrays, report: attempt.report.flatMap(settled))
    }
  }
}

extension SlurmArray {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "offset": .integer(offset), "count": .integer(count),
      "job": isSubmitted ? .string(job) : .null,
    ]
  }

  fileprivate init(_ line: JSONLine) throws {
    self.init(
      name: try line.string("name"), offset: try line.count("offset"), count: try line.count("count"),
      job: try line.optionalString("job") ?? Self.unknown)
  }
}
