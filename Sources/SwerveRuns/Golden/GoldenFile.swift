import SwerveScript
import SwerveText

/// The first line of a golden file.
package struct GoldenHeader: Equatable, Sendable {
  package static let format = 1

  /// Seen from the folder that holds the golden folder.
  package let script: String
  package let scriptSHA256: String
  package let mathVersion: Int
  /// "exact" or "blas".
  package let math: String
  package let options: JSONValue
  package let seed: UInt64
  /// nil in a golden of an earlier swerve.
  package let limits: JSONValue?
  /// Where the hash chain starts.
  package let inputsDigest: String
  /// nil in a golden of an earlier swerve.
  package let origin: GoldenOrigin?
  /// Why it was recorded, and when; for people.
  package let reason: String
  package let date: String
  package let tolerance: ToleranceTable
  /// Set where not every step has a line.
  package let thinned: Subsampling?

  package init(
    script: String, inputs: RunInputs, origin: GoldenOrigin? = nil, reason: String, date: String,
    tolerance: ToleranceTable = .exact
  ) {
    self.script = script
    scriptSHA256 = inputs.scriptSHA256
    mathVersion = inputs.mathVersion
    math = inputs.math
    options = inputs.options
    seed = inputs.seed
    limits = inputs.limits
    inputsDigest = inputs.digest
    self.origin = origin
    self.reason = reason
    self.date = date
    self.tolerance = tolerance
    thinned = nil
  }

  private init(
    copying header: GoldenHeader, tolerance: ToleranceTable, thinned: Subsampling?, reason: String, date: String
  ) {
    script = header.script
    scriptSHA256 = header.scriptSHA256
    mathVersion = header.mathVersion
    math = header.math
    options = header.options
    seed = header.seed
    limits = header.limits
    inputsDigest = header.inputsDigest
    origin = header.origin
    self.reason = reason
    self.date = date
    self.tolerance = tolerance
    self.thinned = thinned
  }

  package func with(tolerance: ToleranceTable) -> GoldenHeader {
    GoldenHeader(copying: self, tolerance: tolerance, thinned: thinned, reason: reason, date: date)
  }

  func with(thinned: Subsampling) -> GoldenHeader {
    GoldenHeader(copying: self, tolerance: tolerance, thinned: thinned, reason: reason, date: date)
  }

  func with(reason: String, date: String) -> GoldenHeader {
    GoldenHeader(copying: self, tolerance: tolerance, thinned: thinned, reason: reason, date: date)
  }

  package var json: JSONValue {
    var members: [JSONMember] = [
      JSONMember("swerve_golden", .integer(Self.format)), JSONMember("math", .integer(mathVersion)),
      JSONMember("math_mode", .string(math)), JSONMember("script", .string(script)),
      JSONMember("script_sha256", .string(scriptSHA256)), JSONMember("options", options),
      JSONMember("seed", .integer(seed)),
    ]
    if let limits { members.append(JSONMember("limits", limits)) }
    members.append(JSONMember("inputs_sha256", .string(inputsDigest)))
    members += origin?.members ?? []
    members += [JSONMember("reason", .string(reason)), JSONMember("date", .string(date))]
    if !tolerance.entries.isEmpty { members.append(JSONMember("tolerance", tolerance.json)) }
    if let thinned { members.append(JSONMember("thinned", thinned.json)) }
    return .object(members)
  }

  /// Every field that a header may have, so that a misspelt one is not taken for one that was left out.
  private static let fields =
    [
      "swerve_golden", "math", "math_mode", "script", "script_sha256", "options", "seed", "limits", "inputs_sha256",
      "reason", "date", "tolerance", "thinned",
    ] + GoldenOrigin.fields

  init(_ line: JSONLine) throws {
    guard line.value["swerve_golden"] != nil else { throw GoldenError.notAGolden(path: line.path) }
    let format = try line.integer("swerve_golden")
    guard format == Self.format else {
      throw FileError.formatVersion(path: line.path, what: "golden", found: format, expected: Self.format)
    }
    try line.requireFields(Self.fields, of: "golden headers")
    mathVersion = try line.integer("math")
    math = try line.string("math_mode")
    script = try line.string("script")
    scriptSHA256 = try line.string("script_sha256")
    options = .object(try line.members("options"))
    seed = try line.unsigned("seed")
    limits = line.value["limits"] == nil ? nil : .object(try line.members("limits"))
    inputsDigest = try line.string("inputs_sha256")
    // A header has all of these fields or none.
    origin = GoldenOrigin.fields.contains { line.value[$0] != nil } ? try GoldenOrigin(line) : nil
    reason = try line.string("reason")
    date = try line.string("date")
    tolerance = line.value["tolerance"] == nil ? .exact : try ToleranceTable(try line.members("tolerance"), in: line)
    thinned = line.value["thinned"] == nil ? nil : try Subsampling(line)
  }
}

extension GoldenHeader {
  /// Why the header is not as it was recorded; nil where nothing shows that: it hashes to what it says of its inputs, or it is of an
  /// earlier swerve, which did not record all that was hashed.
  var edit: String? {
    guard let limits, let origin else { return nil }
    let inputs = RunInputs(
      scriptSHA256: scriptSHA256, files: origin.files.map { FileDigest(path: $0.path, sha256: $0.sha256) },
      options: options, seed: seed, limits: limits, math: math, mathVersion: mathVersion)
    if inputs.digest === inputsDigest { return nil }
    return
      "of the script's digest, the options, the seed, the limits, the math and the files in its first line, one is not what was "
      + "hashed (inputs_sha256)"
  }
}

/// What a script is expected to compute: a header, a line for each step, and the digests of the final weights. Text,
/// for review in a pull request. That of a long run is thinned (see `Subsampling`).
package struct GoldenFile: Equatable, Sendable {
  /// Where it was read from; nil for one that was made here.
  package let path: String?
  package let header: GoldenHeader
  package let recorded: RecordedSteps
  /// Set when the file was edited by hand: its steps do not hash to its last line.
  package let chainBreak: ChainBreak?
  /// What the last line says of the chain.
  let writtenChain: String

  package init(header: GoldenHeader, recorded: RecordedSteps) {
    path = nil
    self.header = header
    self.recorded = recorded
    chainBreak = nil
    writtenChain = recorded.chain
  }

  /// A recorded run as the golden of its script.
  /// - Throws: `GoldenError.notBlessable` for a run that is not complete, `.chainBroken` for one that was edited.
  package init(_ run: RecordedRun, origin: GoldenOrigin? = nil, reason: String, date: String) throws {
    try Self.requireBlessable(run)
    self.init(
      header: GoldenHeader(
        script: run.manifest.script, inputs: run.manifest.inputs, origin: origin, reason: reason, date: date),
      recorded: run.recorded)
  }

  /// - Throws: `GoldenError.notBlessable`, `.chainBroken`, as above.
  static func requireBlessable(_ run: RecordedRun) throws {
    guard run.result?.status == .complete else { throw GoldenError.notBlessable(path: run.path, status: run.status) }
    try run.requireIntact()
  }

  /// - Throws: `GoldenError.missing`, `.notJSON`, `.conflictMarks`, `.notAGolden`, `.formatVersion`, `.badField`,
  ///   `.wrongOrder`, `.goldenTruncated`, `.file`.
  package static func read(_ path: String) throws -> GoldenFile {
    guard POSIXFile.kind(path) != nil else { throw GoldenError.missing(path: path) }
    var reading: GoldenReading?
    try JSONFile.forEachLine(path, acceptingTornEnd: true, skippingBlankLines: true) { line in
      if reading == nil { reading = GoldenReading(try GoldenHeader(line)) } else { try reading?.add(line) }
    }
    guard let reading else { throw GoldenError.notAGolden(path: path) }
    guard reading.hasEnd else { throw GoldenError.truncated(path: path) }
    return GoldenFile(path: path, reading)
  }

  /// Why its first line is not as it was recorded; nil where nothing shows that.
  var headerEdit: String? {
    if let thinned = header.thinned, thinned.kept != recorded.steps.count {
      return "its first line says that it keeps \(thinned.kept) steps, it has \(recorded.steps.count)"
    }
    return header.edit
  }

  /// Why it is not as it was recorded, its lines or its first one; nil where nothing shows that.
  var edit: String? { chainBreak?.text ?? headerEdit }

  private init(path: String, _ reading: GoldenReading) {
    self.path = path
    header = reading.header
    recorded = reading.steps.recorded
    chainBreak = reading.steps.chainBreak
    writtenChain = reading.writtenChain
  }

  /// The whole file.
  package var text: String {
    var text = header.json.compact() + "\n"
    var lines = HashChain(inputs: recorded.inputsDigest)
    var gaps = recorded.gaps[...]
    for (index, step) in recorded.steps.enumerated() {
      var line = step.json
      if gaps.first?.index == index, let gap = gaps.popFirst() {
        line = .object((line.members ?? []) + [JSONMember("chain", .string(gap.after))])
      }
      text += line.compact() + "\n"
      lines.extend(with: line.compact())
    }
    var end = [
      JSONMember("result", .object(recorded.results.map { JSONMember($0.stage, .string($0.weights)) })),
      JSONMember("chain", .string(recorded.chain)),
    ]
    // Not every line's own chain can be followed: this digest shows an edited one all the same.
    if header.thinned != nil { end.append(JSONMember("lines", .string(lines.value))) }
    return text + JSONValue.object(end).compact() + "\n"
  }

  /// The same with the lines that a golden of a long run keeps. One with tolerances keeps them all: digests have no distance.
  package var thinned: GoldenFile {
    guard header.tolerance.entries.isEmpty, let thin = Subsampling.thin(recorded) else { return self }
    let subsampling = Subsampling(kept: thin.steps.count, of: recorded.steps.count)
    return GoldenFile(header: header.with(thinned: subsampling), recorded: thin)
  }

  /// - Throws: `GoldenError.otherMath` when it was recorded under another meaning of the math: call it before any diff.
  package func requireMath(_ version: Int) throws {
    guard header.mathVersion == version else {
      throw GoldenError.otherMath(path: path ?? header.script, found: header.mathVersion, expected: version)
    }
  }

  /// Where its script is.
  /// - Throws: `GoldenError.withoutScript` when it is not there.
  package func scriptPath() throws -> String {
    let golden = path ?? ""
    let script = Path.join(Path.folderAbove(Path.parent(golden)), header.script)
    guard POSIXFile.kind(script) == .file else {
      throw GoldenError.withoutScript(path: golden, script: script)
    }
    return script
  }
}

/// A golden file while it is read.
private struct GoldenReading {
  let header: GoldenHeader
  var steps: StepReading
  /// Of all lines between the header and the last one.
  private var lines: HashChain
  private(set) var writtenChain = ""
  private(set) var hasEnd = false

  init(_ header: GoldenHeader) {
    self.header = header
    steps = StepReading(inputsDigest: header.inputsDigest, source: .golden(isThinned: header.thinned != nil))
    lines = HashChain(inputs: header.inputsDigest)
  }

  mutating func add(_ line: JSONLine) throws {
    guard !hasEnd else {
      throw RecordError.wrongOrder(
        path: line.path, line: line.line ?? 0, found: "a line after the result", expected: "the end of the file")
    }
    guard line.value["result"] != nil else {
      lines.extend(with: line.value.compact())
      return try steps.add(line)
    }
    for member in try line.members("result") {
      guard let digest = member.value.string else {
        throw line.bad("result.\(member.key)", found: JSONLine.shown(member.value), expected: "a SHA-256")
      }
      steps.recorded.append(StageDigest(stage: member.key, weights: digest))
    }
    let isIntact = try (header.thinned == nil || line.string("lines") === lines.value) && endsAsItsSteps
    writtenChain = try line.string("chain")
    steps.end(chain: writtenChain, isIntact: isIntact)
    hasEnd = true
  }

  /// The chain does not cover the results; each is what its stage's last line says.
  private var endsAsItsSteps: Bool {
    steps.recorded.results.allSatisfy { result in
      let last = steps.recorded.steps.last { $0.stage === result.stage }
      return last.map { $0.weights === result.weights } ?? true
    }
  }
}
