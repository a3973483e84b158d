import SwerveFiles
import SwerveText

/// What a script is expected to compute: a header, a line for each step, and the digests of the final weights. Text,
/// for review in a pull request. The golden of a long run is thinned (see `Subsampling`).
package struct GoldenFile: Equatable, Sendable {
  /// The path from which it was read; nil for a golden that this program just made.
  package let path: String?
  package let header: GoldenHeader
  package let recorded: RecordedSteps
  /// Set if the file was edited by hand, so that its steps do not hash to the chain in its last line.
  package let chainBreak: ChainBreak?
  /// The chain in the last line.
  let writtenChain: String

  package init(header: GoldenHeader, recorded: RecordedSteps) {
    path = nil
    self.header = header
    self.recorded = recorded
    chainBreak = nil
    writtenChain = recorded.chain
  }

  /// Makes a recorded run the golden of its script.
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
    guard run.result?.status == .complete else { throw GoldenError.notBlessable(path: run.path, state: run.state) }
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

  /// What shows that its first line was edited; nil if nothing does.
  package var headerEdit: String? {
    if let thinned = header.thinned, thinned.kept != recorded.steps.count {
      return "its first line says that it keeps \(thinned.kept) steps, it has \(recorded.steps.count)"
    }
    return header.edit
  }

  /// What shows that its first line or another line was edited; nil if nothing does.
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
    let best = recorded.results.compactMap { result in result.best.map { JSONMember(result.stage, .integer($0)) } }
    if !best.isEmpty { end.insert(JSONMember(GoldenReading.bestKey, .object(best)), at: 1) }
    // The chain cannot be followed through every line of a thinned golden. This digest still shows that a line was
    // edited.
    if header.thinned != nil { end.append(JSONMember("lines", .string(lines.value))) }
    return text + JSONValue.object(end).compact() + "\n"
  }

  /// The same golden, with only the lines that a golden of a long run keeps. A golden with tolerances keeps all lines,
  /// because digests have no distance.
  package var thinned: GoldenFile {
    guard header.tolerance.entries.isEmpty, let thin = Subsampling.thin(recorded) else { return self }
    let subsampling = Subsampling(kept: thin.steps.count, of: recorded.steps.count)
    return GoldenFile(header: header.with(thinned: subsampling), recorded: thin)
  }

  /// - Throws: `GoldenError.otherMath` if it was recorded with another math version. Call it before any diff.
  package func requireMath(_ version: Int) throws {
    guard header.mathVersion == version else {
      throw GoldenError.otherMath(path: path ?? header.script, found: header.mathVersion, expected: version)
    }
  }

  /// The path of its script.
  /// - Throws: `GoldenError.withoutScript` if there is no such file.
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
  /// The hash chain of all lines between the header and the last one.
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
    let best = line.value[Self.bestKey] == nil ? nil : try line.members(Self.bestKey)
    for member in try line.members("result") {
      guard let digest = member.value.string else {
        throw line.bad("result.\(member.key)", found: JSONLine.shown(member.value), expected: "a SHA-256")
      }
      let step = try best?.first { $0.key === member.key }.map { best in
        guard let step = best.value.integer, step > 0 else {
          throw line.bad(
            "\(Self.bestKey).\(member.key)", found: JSONLine.shown(best.value), expected: "a step, from 1")
        }
        return step
      }
      steps.recorded.append(StageDigest(stage: member.key, weights: digest, best: step))
    }
    let isIntact = try (header.thinned == nil || line.string("lines") === lines.value) && endsAsItsSteps
    writtenChain = try line.string("chain")
    steps.end(chain: writtenChain, isIntact: isIntact)
    hasEnd = true
  }

  /// Beside the results: the steps that gave those of stages which keep their best one.
  static let bestKey = "best"

  /// The chain does not cover the results. So each must have the weights of its stage's last line, or of its best one,
  /// which a thinned golden may lack.
  private var endsAsItsSteps: Bool {
    steps.recorded.results.allSatisfy { result in
      let line = steps.recorded.steps.last {
        $0.stage === result.stage && (result.best == nil || $0.step == result.best)
      }
      return line.map { $0.weights === result.weights } ?? true
    }
  }
}
