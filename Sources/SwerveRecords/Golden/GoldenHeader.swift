import SwerveFiles
import SwerveText

/// The first line of a golden file.
package struct GoldenHeader: Equatable, Sendable {
  package static let format = 1

  /// The path relative to the folder that contains the golden folder.
  package let script: String
  package let scriptSHA256: String
  package let mathVersion: Int
  /// "exact" or "blas".
  package let math: String
  package let options: JSONValue
  package let seed: UInt64
  /// nil in a golden of an earlier swerve.
  package let limits: JSONValue?
  /// The start of the hash chain.
  package let inputsDigest: String
  /// nil in a golden of an earlier swerve.
  package let origin: GoldenOrigin?
  /// The reason and the date of the recording, for people.
  package let reason: String
  package let date: String
  package let tolerance: ToleranceTable
  /// Set if not every step has a line.
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

  package func with(reason: String, date: String) -> GoldenHeader {
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

  /// Every field that a header may have. Other fields are errors, so that a misspelt field is not treated as missing.
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
  /// What shows that the header was edited. nil if nothing does: it hashes to its own digest of the inputs, or it is
  /// from an earlier swerve, which did not record everything that was hashed.
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
