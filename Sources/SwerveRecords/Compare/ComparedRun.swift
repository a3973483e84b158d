import SwerveFiles
import SwerveRL
import SwerveText

/// One input of a run.
struct ComparedInput: Sendable {
  /// What the input is. Its word stands before the name of an option, a limit or a file.
  enum Kind: String, Sendable { case mathVersion, math, script, seed, option, limit, file }

  let kind: Kind
  /// "seed", "option digits", "limit depth", "file models/a.safetensors"
  let name: String
  let value: JSONValue

  /// - Parameter own: the name of the option, limit or file.
  init(_ kind: Kind, named own: String? = nil, _ value: JSONValue) {
    self.kind = kind
    name = own.map { "\(kind.rawValue) \($0)" } ?? (kind == .mathVersion ? "math version" : kind.rawValue)
    self.value = value
  }
}

/// One side of a comparison: a run folder, a golden file, or steps in memory.
package struct ComparedRun: Sendable {
  /// Its name in the report: its path.
  package let label: String
  package let recorded: RecordedSteps
  /// The inputs, one entry each; they are compared for information.
  let inputs: [ComparedInput]
  /// The tolerances of a golden.
  let tolerance: ToleranceTable
  /// What shows that its files were changed after they were written; nil if nothing does.
  package private(set) var edit: String?
  /// For a golden that was edited: the chain in its last line.
  private var writtenChain: String?
  /// Whether `inputs` contains the limits and files.
  let listsLimits: Bool
  let listsFiles: Bool
  /// The run, if this is a run folder.
  package private(set) var run: RecordedRun?

  /// Reads a run folder or a golden file.
  /// - Parameter label: the label of a run folder; nil for its path.
  /// - Throws: `RecordError.notComparable` for anything else, and what reading them throws.
  package static func read(_ path: String, label: String? = nil) throws -> ComparedRun {
    switch POSIXFile.kind(path) {
    case .folder:
      let run = try RunReader.read(path)
      var side = ComparedRun(run, label: label)
      side.edit = RunCheck.edit(run)
      return side
    case .file where path.endsExactly(with: ".jsonl"): return ComparedRun(try GoldenFile.read(path))
    default: throw RecordError.notComparable(path: path)
    }
  }

  /// - Parameter label: nil for its path.
  package init(_ run: RecordedRun, label: String? = nil) {
    self.init(
      label: label ?? run.path, recorded: run.recorded, inputs: run.manifest.inputs, script: run.manifest.script)
    edit = run.chainBreak.map { "\(self.label): \($0.text)" }
    self.run = run
  }

  package init(_ golden: GoldenFile) {
    let header = golden.header
    label = golden.path ?? "golden of \(header.script)"
    recorded = golden.recorded
    inputs =
      Self.inputs(
        mathVersion: header.mathVersion, math: header.math, script: header.scriptSHA256, seed: header.seed,
        options: header.options)
      + (header.limits?.members ?? []).map { ComparedInput(.limit, named: $0.key, $0.value) }
      + (header.origin?.files ?? []).map { file in
        ComparedInput(.file, named: Path.seen(file.path, from: header.script), .string(file.sha256))
      }
    listsLimits = header.limits != nil
    listsFiles = header.origin != nil
    tolerance = header.tolerance
    edit = golden.edit.map { "\(golden.path ?? "golden of \(header.script)"): \($0)" }
    writtenChain = golden.chainBreak.map { _ in golden.writtenChain }
  }

  /// Makes a side from steps that were just computed.
  /// - Parameter script: its path in the record.
  package init(label: String, recorded: RecordedSteps, inputs: RunInputs, script: String = "") {
    let inputs = inputs.seen(from: script)
    self.label = label
    self.recorded = recorded
    self.inputs =
      Self.inputs(
        mathVersion: inputs.mathVersion, math: inputs.math, script: inputs.scriptSHA256, seed: inputs.seed,
        options: inputs.options)
      + (inputs.limits.members ?? []).map { ComparedInput(.limit, named: $0.key, $0.value) }
      + inputs.files.map { ComparedInput(.file, named: $0.path, .string($0.sha256)) }
    listsLimits = true
    listsFiles = true
    tolerance = .exact
  }

  /// What shows that its files were changed after they were written. If the other side shows what the edited lines
  /// were, it contains these lines.
  func edits(comparedWith other: ComparedRun) -> (lines: [EditedLine], texts: [String]) {
    guard let edit else { return ([], []) }
    let lines = writtenChain.map { EditedLine.find(recorded, writtenChain: $0, by: other.recorded) } ?? []
    return (lines, lines.isEmpty ? [edit] : lines.map { "\(label): \($0.text)" })
  }

  /// Whether any step has a metric whose name matches.
  package func hasMetric(_ glob: Glob) -> Bool {
    recorded.steps.contains { $0.metrics.contains { glob.matches($0.name) } }
      || [ComparedItem.weights, .finalWeights].contains { glob.matches($0.name) }
  }

  private static func inputs(
    mathVersion: Int, math: String, script: String, seed: UInt64, options: JSONValue
  ) -> [ComparedInput] {
    [
      ComparedInput(.mathVersion, .integer(mathVersion)), ComparedInput(.math, .string(math)),
      ComparedInput(.script, .string(script)), ComparedInput(.seed, .integer(seed)),
    ] + (options.members ?? []).map { ComparedInput(.option, named: $0.key, $0.value) }
  }
}
