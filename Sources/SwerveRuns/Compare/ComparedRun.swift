import SwerveText

/// One side of a comparison: a run folder, a golden file, or steps in memory.
package struct ComparedRun: Sendable {
  /// How it is called in the report: its path.
  package let label: String
  package let recorded: RecordedSteps
  /// What went in, one line each; compared for information.
  let inputs: [JSONMember]
  /// A golden's own.
  let tolerance: ToleranceTable
  /// Why its files are not what was written; nil where nothing shows that.
  package private(set) var edit: String?
  /// Where it is a run folder.
  package private(set) var run: RecordedRun?

  /// Reads a run folder or a golden file.
  /// - Parameter label: of a run folder; nil for its path.
  /// - Throws: `RunError.notComparable` for anything else, and what reading them throws.
  package static func read(_ path: String, label: String? = nil) throws -> ComparedRun {
    switch POSIXFile.kind(path) {
    case .folder:
      let run = try RunReader.read(path)
      var side = ComparedRun(run, label: label)
      side.edit = RunCheck.edit(run)
      return side
    case .file where path.endsExactly(with: ".jsonl"): return ComparedRun(try GoldenFile.read(path))
    default: throw RunError.notComparable(path: path)
    }
  }

  /// - Parameter label: nil for its path.
  package init(_ run: RecordedRun, label: String? = nil) {
    self.init(label: label ?? run.path, recorded: run.recorded, inputs: run.manifest.inputs)
    edit = run.chainBreak.map { "\(self.label): \($0.text)" }
    self.run = run
  }

  package init(_ golden: GoldenFile) {
    let header = golden.header
    label = golden.path ?? "golden of \(header.script)"
    recorded = golden.recorded
    inputs = Self.inputs(
      mathVersion: header.mathVersion, math: header.math, script: header.scriptSHA256, seed: header.seed,
      options: header.options)
    tolerance = header.tolerance
    edit = golden.chainBreak.map { "\(golden.path ?? "golden of \(header.script)"): \($0.text)" }
  }

  /// Steps that were computed just now.
  package init(label: String, recorded: RecordedSteps, inputs: RunInputs) {
    self.label = label
    self.recorded = recorded
    self.inputs =
      Self.inputs(
        mathVersion: inputs.mathVersion, math: inputs.math, script: inputs.scriptSHA256, seed: inputs.seed,
        options: inputs.options)
      + (inputs.limits.members ?? []).map { JSONMember("limit \($0.key)", $0.value) }
      + inputs.files.map { JSONMember("file \($0.path)", .string($0.sha256)) }
    tolerance = .exact
  }

  /// Whether any step has a metric of such a name.
  package func hasMetric(_ glob: Glob) -> Bool {
    recorded.steps.contains { $0.metrics.contains { glob.matches($0.name) } }
      || ["weights", "final weights"].contains(where: glob.matches)
  }

  private static func inputs(
    mathVersion: Int, math: String, script: String, seed: UInt64, options: JSONValue
  ) -> [JSONMember] {
    [
      JSONMember("math version", .integer(mathVersion)), JSONMember("math", .string(math)),
      JSONMember("script", .string(script)), JSONMember("seed", .integer(seed)),
    ] + (options.members ?? []).map { JSONMember("option \($0.key)", $0.value) }
  }
}
