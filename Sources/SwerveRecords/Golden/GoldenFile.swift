import SwerveFiles
import SwerveText

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
  package static func requireBlessable(_ run: RecordedRun) throws {
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
  package var headerEdit: String? {
    if let thinned = header.thinned, thinned.kept != recorded.steps.count {
      return "its first line says that it keeps \(thinned.kept) steps, it has \(recorded.steps.count)"
    }
    return header.edit
  }

  /// Why it is not as it was recorded, its lines or its first one; nil where nothing shows that.
  package var edit: String? { chainBreak?.text ?? headerEdit }

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
