import SwerveFiles
import SwerveText

/// A run, as read from its folder.
package struct RecordedRun: Sendable {
  package let folder: RunFolder
  package let manifest: Manifest
  package let recorded: RecordedSteps
  /// nil if the run was killed or is still running.
  package let result: RunResult?
  /// The point from which metrics.jsonl does not agree with its own hashes; nil if it was not edited.
  package let chainBreak: ChainBreak?
  /// True if the last line of metrics.jsonl was cut off by a kill; that line is left out.
  package let hasTornLine: Bool

  package init(
    folder: RunFolder, manifest: Manifest, recorded: RecordedSteps, result: RunResult?, chainBreak: ChainBreak?,
    hasTornLine: Bool
  ) {
    self.folder = folder
    self.manifest = manifest
    self.recorded = recorded
    self.result = result
    self.chainBreak = chainBreak
    self.hasTornLine = hasTornLine
  }

  package var path: String { folder.path }

  /// What it has taken; nil in records of earlier versions, and if all of it came from the stage cache.
  package var cost: RunCost? { RunCost.last(folder) }

  package var state: RunState { result?.status.state ?? .incomplete }

  /// - Throws: `RecordError.chainBroken` if metrics.jsonl was edited after it was written.
  package func requireIntact() throws {
    if let chainBreak { throw RecordError.chainBroken(path: folder.metrics, chainBreak) }
    try requireConsistentFiles()
  }

  /// Checks that the other files agree with metrics.jsonl and the manifest.
  /// - Throws: `FileError.badField` for a result with a wrong digest of another file, RecordError.inputsDiffer for a
  ///   script copy that differs from the file that ran.
  package func requireConsistentFiles() throws {
    if let result {
      try require("samples_sha256", result.samplesSHA256, of: folder.samples)
      if let digest = result.classificationSHA256 {
        try require("classification_sha256", digest, of: folder.classification)
      }
    }
    let inputs = manifest.inputs
    let digests =
      [FileDigest(path: manifest.script, sha256: inputs.scriptSHA256)]
      + manifest.copiedFiles
    let copies = try scriptCopies()
    for file in digests {
      let found = copies.first { $0.path === file.path }.map { Digest.of($0.bytes) } ?? "no such file"
      if found !== file.sha256 {
        throw RecordError.inputsDiffer(
          path: folder.path, field: "script/\(file.path)", recorded: file.sha256, found: found)
      }
    }
  }

  private func require(_ field: String, _ digest: String, of path: String) throws {
    let found = try Digest.ofFile(path)
    if found === digest { return }
    throw FileError.badField(
      path: folder.result, line: nil, field: field, found: digest,
      expected: "\(found), the digest of \(path): one of the two was edited")
  }

  /// The copied Lua files and texts, in bytewise order of path, which is relative to script/.
  package func scriptCopies() throws -> [ScriptSource] { try Self.files(in: folder.script, prefix: "") }

  private static func files(in folder: String, prefix: String) throws -> [ScriptSource] {
    try POSIXFile.list(folder).flatMap { name in
      let path = folder + "/" + name
      return POSIXFile.kind(path) == .folder
        ? try files(in: path, prefix: prefix + name + "/")
        : [ScriptSource(path: prefix + name, bytes: try POSIXFile.read(path))]
    }
  }
}

/// Reads run folders.
package enum RunReader {
  /// Reads manifest, metrics and result, and follows the hash chain.
  /// - Throws: `RecordError.noRun`, `.notARun`, `.manifestEdited`, `.notJSON`, `.badField`, `.wrongOrder`,
  ///   `.formatVersion`. A broken chain does not throw but is stored in `chainBreak`, because a replay can still name
  ///   the edited value.
  package static func read(_ path: String) throws -> RecordedRun {
    let (folder, manifest) = try open(path)
    let result = try result(folder)
    var reading = StepReading(inputsDigest: manifest.inputs.digest, source: .run)
    let isTorn =
      try POSIXFile.kind(folder.metrics) != nil && JSONFile.forEachLine(folder.metrics) { try reading.add($0) }
    if let result {
      reading.end(chain: result.chain)
      // If a line was edited, the chain gives a better error.
      if reading.chainBreak == nil { try result.requireSameEnds(as: reading.recorded.steps, path: folder.result) }
    }
    for stage in result?.stages ?? [] where stage.checkpoint != nil {
      reading.recorded.append(
        StageDigest(stage: stage.name, weights: stage.weightsSHA256 ?? "", best: stage.best?.found?.step))
    }
    return RecordedRun(
      folder: folder, manifest: manifest, recorded: reading.recorded, result: result, chainBreak: reading.chainBreak,
      hasTornLine: isTorn)
  }
}

extension RunReader {
  /// - Throws: `RecordError.noRun`, `.notARun`, or what is wrong with the manifest.
  package static func open(_ path: String) throws -> (RunFolder, Manifest) {
    let folder = RunFolder(path: path)
    guard POSIXFile.kind(path) != nil else { throw RecordError.noRun(path: path) }
    guard POSIXFile.kind(folder.manifest) == .file else { throw RecordError.notARun(path: path) }
    return (folder, try Manifest.read(folder.manifest))
  }

  /// nil if the run was killed or is still running.
  package static func result(_ folder: RunFolder) throws -> RunResult? {
    POSIXFile.kind(folder.result) == nil ? nil : try RunResult.read(folder.result)
  }
}

/// Collects steps while they are read, and checks their order and chain.
struct StepReading {
  private(set) var chainBreak: ChainBreak?
  var recorded: RecordedSteps
  private var chain: HashChain
  private var stages: Set<ExactString> = []
  private var lines = 0
  /// The first line of a golden whose text differs from what swerve would write.
  private var firstForeign: ChainBreak?
  private let source: Source
  private let fields: [String]

  /// Where lines come from.
  enum Source {
    /// metrics.jsonl: every line has the value of the chain after it.
    case run
    /// A golden file: lines don't have the chain. In a thinned golden, the first line after a gap has it.
    case golden(isThinned: Bool)

    /// Every field that a line may have. Other fields are errors, so that a misspelt field is not treated as missing.
    fileprivate var fields: [String] {
      let compared = StepLine.keys + ["chain"]
      return if case .run = self { compared + ["not_compared"] } else { compared }
    }
  }

  init(inputsDigest: String, source: Source) {
    self.source = source
    fields = source.fields
    recorded = RecordedSteps(inputsDigest: inputsDigest)
    chain = HashChain(inputs: inputsDigest)
  }

  /// Adds the step of a line and checks the chain.
  /// - Throws: RecordError or FileError for a line that is malformed or not the next one.
  mutating func add(_ line: JSONLine) throws {
    try line.requireFields(fields, of: "lines of steps")
    let step = try StepLine(line)
    let number = line.line ?? 0
    let hasGap = if case .golden(isThinned: true) = source { recorded.hasGap(before: step) } else { false }
    if !hasGap, let expected = recorded.expectedNext(after: stages, step) {
      throw RecordError.wrongOrder(
        path: line.path, line: number, found: "step \(step.step) of stage \(step.stage)", expected: expected)
    }
    lines = number
    if hasGap {
      let written = try line.string("chain")
      recorded.appendRead(step, gapBefore: chain.value, after: written)
      chain = HashChain(value: written)
      recorded.chain = written
      return
    }
    let text = StepLine.canonicalText(line)
    chain.extend(with: text)
    if case .golden = source, firstForeign == nil, text !== step.json.compact() {
      firstForeign = ChainBreak(stage: step.stage, step: step.step, line: number)
    }
    if try hasChain(line) {
      let written = try line.string("chain")
      if written !== chain.value, chainBreak == nil {
        chainBreak = ChainBreak(stage: step.stage, step: step.step, line: number)
      }
      // The following lines are checked against the recorded chain, so that only the first edited line is named.
      chain = HashChain(value: written)
    }
    stages.insert(ExactString(step.stage))
    recorded.appendRead(step)
    recorded.chain = chain.value
  }

  private func hasChain(_ line: JSONLine) throws -> Bool {
    if case .golden = source { return line.value["chain"] != nil }
    _ = try line.string("chain")
    return true
  }

  /// Compares the end of the chain with the chain that was recorded at the end.
  /// - Parameter isIntact: false if another digest already shows that a line was edited.
  mutating func end(chain written: String, isIntact: Bool = true) {
    if chainBreak == nil, chain.value !== written || !isIntact {
      chainBreak = firstForeign ?? ChainBreak(stage: nil, step: nil, line: lines)
    }
  }
}
