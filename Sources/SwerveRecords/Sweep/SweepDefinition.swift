import SwerveFiles
import SwerveText

/// What a sweep is, as its command line says it. `sweep.json` in the sweep's folder keeps it, so that the folder is
/// enough to go on with the sweep, from any machine that sees the folder.
package struct SweepDefinition: Equatable, Sendable {
  package static let fileName = "sweep.json"
  private static let format = 1

  @ExactString package private(set) var script: String
  /// The values of --grid, as given.
  package var grid: [String] = []
  /// The values of --range, as given.
  package var ranges: [String] = []
  /// nil: every value is from the grid.
  package var sample: Int?
  package var sampleSeed: UInt64 = 1
  @ExactString package var seeds: String
  package var halving: String?
  /// "NAME=NUMBER" for each limit of scripts that is not the default.
  package var limits: [String] = []
  /// The most processor time of a call of a script.
  package var seconds: Int
  /// Threads of each member.
  package var threads: Int
  @ExactString package var math: String

  package init(script: String, seeds: String, seconds: Int, threads: Int, math: String) {
    self.script = script
    self.seeds = seeds
    self.seconds = seconds
    self.threads = threads
    self.math = math
  }

  /// The same sweep with the script at another path.
  package func with(script: String) -> SweepDefinition {
    var copy = self
    copy.script = script
    return copy
  }

  package static func == (a: SweepDefinition, b: SweepDefinition) -> Bool { a.members == b.members }

  /// The command line that gives the sweep.
  /// - Parameter folder: the sweep's folder.
  package func command(folder: String) -> [String] {
    var words = ["swerve", "sweep", script]
    for text in grid { words += ["--grid", text] }
    for text in ranges { words += ["--range", text] }
    if let sample { words += ["--sample", "\(sample)", "--sample-seed", "\(sampleSeed)"] }
    words += ["--seeds", seeds]
    if let halving { words += ["--halving", halving] }
    for text in limits { words += ["--limit", text] }
    return words + ["--threads", "\(threads)", "--math", math, "--out", folder]
  }

  fileprivate var members: [JSONMember] {
    [
      JSONMember("script", .string(script)), JSONMember("grid", .array(grid.map { .string($0) })),
      JSONMember("ranges", .array(ranges.map { .string($0) })),
      JSONMember("sample", sample.map { .integer($0) } ?? .null),
      JSONMember("sample_seed", .integer(sampleSeed)), JSONMember("seeds", .string(seeds)),
      JSONMember("halving", halving.map { .string($0) } ?? .null),
      JSONMember("limits", .array(limits.map { .string($0) })), JSONMember("seconds", .integer(seconds)),
      JSONMember("threads", .integer(threads)), JSONMember("math", .string(math)),
    ]
  }

  fileprivate init(_ file: JSONLine) throws {
    func texts(_ name: String) throws -> [String] {
      try file.elements(name).map { element in
        guard let text = element.string else {
          throw file.bad(name, found: JSONLine.shown(element), expected: "a list of strings")
        }
        return text
      }
    }
    self.init(
      script: try file.string("script"), seeds: try file.string("seeds"), seconds: try file.count("seconds"),
      threads: try file.count("threads"), math: try file.string("math"))
    grid = try texts("grid")
    ranges = try texts("ranges")
    sample = try file.field("sample", expected: "a number or null") == .null ? nil : file.count("sample")
    sampleSeed = try file.unsigned("sample_seed")
    halving = try file.optionalString("halving")
    limits = try texts("limits")
  }
}

/// `sweep.json`: the definition, and what the script was when the sweep began.
package struct SweepRecord: Equatable, Sendable {
  package let definition: SweepDefinition
  @ExactString package private(set) var scriptSHA256: String
  /// Other files that some member reads.
  package let files: [FileDigest]

  package init(definition: SweepDefinition, scriptSHA256: String, files: [FileDigest]) {
    self.definition = definition
    self.scriptSHA256 = scriptSHA256
    self.files = files
  }

  /// The first file that is not what it was; nil: none. Files that the record does not have are not compared.
  package func firstChange(_ inputs: RunInputs) -> String? {
    if inputs.scriptSHA256 !== scriptSHA256 { return definition.script }
    return inputs.files.first { file in
      files.contains { $0.path === file.path } && !files.contains(file)
    }?.path
  }

  /// The last field is the digest of all others.
  package var json: JSONValue {
    .withOwnDigest(
      [JSONMember("swerve_sweep", .integer(SweepDefinition.currentFormat))] + definition.members + [
        JSONMember("script_sha256", .string(scriptSHA256)),
        JSONMember(
          "files", .array(files.map { ["path": .string($0.path), "sha256": .string($0.sha256)] })),
      ])
  }

  /// - Throws: FileError or RecordError for a file that can't be read or was changed after it was written;
  ///   RecordError.notASweep for a folder without one.
  package static func read(in folder: String) throws -> SweepRecord {
    let path = Path.join(folder, SweepDefinition.fileName)
    guard POSIXFile.kind(path) == .file else { throw RecordError.notASweep(path: folder) }
    let file = try JSONFile.object(path)
    let format = try file.integer("swerve_sweep")
    guard format == SweepDefinition.currentFormat else {
      throw FileError.formatVersion(
        path: path, what: "sweep", found: format, expected: SweepDefinition.currentFormat)
    }
    let recorded = try file.string("sha256")
    let found = file.value.expectedOwnDigest
    if recorded !== found { throw RecordError.fileChanged(path: path, recorded: recorded, found: found) }
    return SweepRecord(
      definition: try SweepDefinition(file), scriptSHA256: try file.string("script_sha256"),
      files: try file.elements("files").map {
        let line = JSONLine(value: $0, path: path, line: nil)
        return FileDigest(path: try line.string("path"), sha256: try line.string("sha256"))
      })
  }

  /// Writes it if it is not there yet.
  /// - Throws: FileError.
  package func write(in folder: String) throws {
    if let old = try? Self.read(in: folder), old == self { return }
    try POSIXFile.writeAtomically(json.pretty(), to: Path.join(folder, SweepDefinition.fileName))
  }
}

extension SweepDefinition {
  fileprivate static var currentFormat: Int { format }
}
