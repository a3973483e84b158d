import SwerveFiles
import SwerveRL
import SwerveText

/// A file that a run read, with the digest of its content. `path` is the path that the script used.
package struct FileDigest: Equatable, Sendable {
  @ExactString package private(set) var path: String
  @ExactString package private(set) var sha256: String

  package init(path: String, sha256: String) {
    self.path = path
    self.sha256 = sha256
  }

  var json: JSONValue { ["path": .string(path), "sha256": .string(sha256)] }

  static func list(_ line: JSONLine, _ field: String) throws -> [FileDigest] {
    try line.elements(field).map {
      let file = JSONLine(value: $0, path: line.path, line: line.line)
      return FileDigest(path: try file.string("path"), sha256: try file.string("sha256"))
    }
  }

  /// Whether a run folder has a copy of it in its script folder. It has copies of Lua files, texts and data, but not of
  /// checkpoints.
  package var isCopied: Bool { Self.isCopied(path) }

  static func isCopied(_ path: String) -> Bool {
    [".lua", ".txt", ".jsonl", ".csv"].contains { path.endsExactly(with: $0) }
  }
}

/// Everything that decides a run's bits, and nothing else. Two runs with equal inputs must have the same results.
package struct RunInputs: Equatable, Sendable {
  package let scriptSHA256: String
  /// Other Lua files, texts and checkpoints, in the order they were read.
  package let files: [FileDigest]
  /// The script's options with their final values, as an object in the order of their declaration.
  package let options: JSONValue
  package let seed: UInt64
  package let limits: JSONValue
  /// "exact" or "blas".
  package let math: String
  /// The math version.
  package let mathVersion: Int

  package init(
    scriptSHA256: String, files: [FileDigest], options: JSONValue, seed: UInt64, limits: JSONValue, math: String,
    mathVersion: Int
  ) {
    self.scriptSHA256 = scriptSHA256
    self.files = files
    self.options = options
    self.seed = seed
    self.limits = limits
    self.math = math
    self.mathVersion = mathVersion
  }

  /// The same inputs with other files.
  package func with(files: [FileDigest]) -> RunInputs { with(seed: seed, files: files) }

  /// The same inputs with another seed.
  package func with(seed: UInt64) -> RunInputs { with(seed: seed, files: files) }

  private func with(seed: UInt64, files: [FileDigest]) -> RunInputs {
    RunInputs(
      scriptSHA256: scriptSHA256, files: files, options: options, seed: seed, limits: limits, math: math,
      mathVersion: mathVersion)
  }

  /// The same inputs, with paths of files relative to the script's folder, as the script names them. In a record they
  /// are relative to the folder in which `swerve` was started, which does not affect the bits.
  /// - Parameter script: the script's path in the record.
  package func seen(from script: String) -> RunInputs {
    with(files: files.map { FileDigest(path: Path.seen($0.path, from: script), sha256: $0.sha256) })
  }

  /// The first difference, in a few words: "another script", "another option alpha", ...
  package func firstDifference(from other: RunInputs) -> String {
    if scriptSHA256 !== other.scriptSHA256 { return "another script" }
    for file in files + other.files where !files.contains(file) || !other.files.contains(file) {
      return "another file \(file.path)"
    }
    for (word, a, b) in [("option", options, other.options), ("limit", limits, other.limits)] {
      for member in (a.members ?? []) + (b.members ?? []) where a[member.key] != b[member.key] {
        return "another \(word) \(member.key)"
      }
    }
    if math !== other.math { return "another math" }
    return mathVersion != other.mathVersion ? "another math version" : "another seed"
  }

  /// The options as `--set` would give them.
  package var optionTexts: [(key: String, value: String)] { Self.optionTexts(options) }

  package static func optionTexts(_ options: JSONValue) -> [(key: String, value: String)] {
    (options.members ?? []).map { member in (member.key, member.value.string ?? member.value.compact()) }
  }

  package var json: JSONValue {
    [
      "script_sha256": .string(scriptSHA256),
      "files": .array(files.map(\.json)),
      "options": options, "seed": .integer(seed), "limits": limits, "math": .string(math),
      "math_version": .integer(mathVersion),
    ]
  }

  /// SHA-256 of the canonical text: the first value of the hash chain.
  package var digest: String { Digest.of(json.compact()) }

  init(_ line: JSONLine) throws {
    scriptSHA256 = try line.string("script_sha256")
    files = try FileDigest.list(line, "files")
    options = .object(try line.members("options"))
    seed = try line.unsigned("seed")
    limits = .object(try line.members("limits"))
    math = try line.string("math")
    mathVersion = try line.integer("math_version")
  }
}

/// The manifest of a run folder: the inputs of the run, and where it ran.
package struct Manifest: Sendable {
  package static let format = 1

  package let name: String
  /// The script's path, relative to the folder that contains the golden folder.
  package let script: String
  package let inputs: RunInputs
  /// The plan: the stages that the script declared.
  package let stages: [StageInfo]
  /// The digest of the content of each checkpoint among the inputs. A checkpoint that another tool loaded and saved has
  /// different bytes but the same content. Empty in a record of an earlier swerve.
  package let checkpointContents: [FileDigest]
  /// The paths of data files among the inputs that were too large for a copy.
  package let notCopied: [String]
  /// Date, machine, versions, threads: for people, never compared.
  package let notCompared: [(String, String)]

  package init(
    name: String, script: String, inputs: RunInputs, stages: [StageInfo], checkpointContents: [FileDigest] = [],
    notCopied: [String] = [], notCompared: [(String, String)]
  ) {
    self.name = name
    self.script = script
    self.inputs = inputs
    self.stages = stages
    self.checkpointContents = checkpointContents
    self.notCopied = notCopied
    self.notCompared = notCompared
  }

  /// The inputs of which the run's folder has copies among its scripts, and the others.
  package var copiedFiles: [FileDigest] { inputs.files.filter(hasCopy) }
  package var filesWithoutCopy: [FileDigest] { inputs.files.filter { !hasCopy($0) } }

  private func hasCopy(_ file: FileDigest) -> Bool { file.isCopied && !notCopied.containsExactly(file.path) }

  /// Those of the inputs that belong to other tools' models.
  package var modelInputs: ModelInputs {
    let contents = checkpointContents.map { ExactString($0.path) }
    return ModelInputs(
      inputs.files.map { ($0.path, contents.contains(ExactString($0.path))) }, mayLackContents: contents.isEmpty)
  }

  /// The folder to which the paths of the record are relative.
  package var root: String { Project.root(holding: script) ?? recordedRoot }

  /// That folder on the machine that made the record.
  package var recordedRoot: String { notCompared.first { $0.0 == "root" }?.1 ?? "." }

  /// The tasks of fine-tuning, each once: "addition", or "addition,sorting" for two stages. If nothing is fine-tuned,
  /// the tasks of pre-training. nil for an early record, which has no tasks.
  package var task: String? {
    let tuned = stages.filter { !$0.makesBaseModel }
    let names = (tuned.isEmpty ? stages : tuned).compactMap(\.task).distinct
    return names.isEmpty ? nil : names.joined(separator: ",")
  }

  package var json: JSONValue {
    var members: [JSONMember] = [
      JSONMember("swerve_run", .integer(Self.format)), JSONMember("name", .string(name)),
      JSONMember("script", .string(script)), JSONMember("inputs", inputs.json),
      JSONMember("inputs_sha256", .string(inputs.digest)), JSONMember("stages", .array(stages.map(\.json))),
    ]
    if !checkpointContents.isEmpty {
      members.append(JSONMember("checkpoint_contents", .array(checkpointContents.map(\.json))))
    }
    if !notCopied.isEmpty { members.append(JSONMember("not_copied", .array(notCopied.map { .string($0) }))) }
    members.append(JSONMember("not_compared", .object(notCompared.map { JSONMember($0.0, .string($0.1)) })))
    return .object(members)
  }

  /// Reads and checks manifest.json: format, fields, and the digest of the inputs.
  package static func read(_ path: String) throws -> Manifest { try read(JSONFile.object(path)) }

  /// The same for a file whose content was read already.
  package static func read(_ file: JSONLine) throws -> Manifest {
    let path = file.path
    let format = try file.integer("swerve_run")
    guard format == Self.format else {
      throw FileError.formatVersion(path: path, what: "run", found: format, expected: Self.format)
    }
    let inputs = try RunInputs(
      JSONLine(value: .object(try file.members("inputs")), path: path, line: nil))
    let recorded = try file.string("inputs_sha256")
    guard recorded === inputs.digest else {
      throw RecordError.manifestEdited(path: path, recorded: recorded, found: inputs.digest)
    }
    return Manifest(
      name: try file.string("name"), script: try file.string("script"), inputs: inputs,
      stages: try file.elements("stages").map { try StageInfo(JSONLine(value: $0, path: path, line: nil)) },
      checkpointContents: file.value["checkpoint_contents"] == nil
        ? [] : try FileDigest.list(file, "checkpoint_contents"),
      notCopied: file.value["not_copied"] == nil ? [] : try file.elements("not_copied").compactMap(\.string),
      notCompared: try file.members("not_compared").map { ($0.key, $0.value.string ?? $0.value.compact()) })
  }
}
