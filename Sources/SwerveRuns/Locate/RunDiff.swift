import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// The comparison of two recorded runs on one page: inputs, metrics, samples, weights, and optionally where the
/// difference begins.
package struct RunDiff {
  package let report: DiffReport
  package let causes: [String]
  package let scripts: [ScriptDifference]
  package let samples: SampleDifferences
  /// The differences for each stage that both have finished.
  package let weights: [WeightDifferences]
  package private(set) var location: Location?
  package let a: RecordedRun
  package let b: RecordedRun

  /// - Parameter report: the report on the two runs.
  /// - Throws: RecordError or FileError for files of the two folders that were changed after they were written.
  package init(_ a: RecordedRun, _ b: RecordedRun, _ report: DiffReport) throws {
    self.a = a
    self.b = b
    self.report = report
    causes = report.isSame ? [] : try Causes.find(a, b, report)
    scripts = ScriptDifference.all(
      try a.scriptCopies(), try b.scriptCopies(), scripts: (a.manifest.script, b.manifest.script))
    samples = SampleDifferences(try SampleLine.read(a.folder), try SampleLine.read(b.folder))
    weights = try Self.weights(a, b)
  }

  private static func weights(_ a: RecordedRun, _ b: RecordedRun) throws -> [WeightDifferences] {
    try (a.result?.stages ?? []).compactMap { stage in
      guard let other = b.result?.stages.first(where: { $0.name === stage.name }),
        let path = stage.checkpoint, let otherPath = other.checkpoint, stage.weightsSHA256 !== other.weightsSHA256
      else { return nil }
      return WeightDifferences(
        "stage \(stage.name)", try CheckpointFile.read(Path.join(a.path, path)),
        try CheckpointFile.read(Path.join(b.path, otherPath)))
    }
  }

  /// Computes both again up to the first step that differs, and finds the first tensor that differs.
  /// - Throws: RecordError or FileError for a run that can't be computed again; what training throws.
  package mutating func locate(_ observers: [any TrainingObserver]) throws {
    let recorded = report.differences.filter { !$0.item.followsFromStop }
    guard let first = recorded.first ?? report.differences.first else { return }
    var step = first.step
    repeat {
      location = try Locator.locate(a, b, stage: first.stage, step: step, observers: observers)
      step -= 1
      // Weights that differ at the start of a step come from the step before, which had the same metrics. Where its
      // weights were not hashed, nothing else says so.
    } while location?.isAtStart == true && step > 0 && !hasDigest(first.stage, step)
  }

  private func hasDigest(_ stage: String, _ step: Int) -> Bool {
    [a, b].contains { run in
      run.recorded.steps.contains { $0.stage === stage && $0.step == step && $0.weights != nil }
    }
  }

  /// - Parameter showsAll: lists every metric and tensor that differs.
  package func text(showsAll: Bool = false) -> String {
    var text = report.text(limit: showsAll ? .max : 20, showsInputs: report.isSame)
    func add(_ title: String, _ lines: [String]) {
      if !lines.isEmpty { text += "\(title)\n" + lines.map { "  \($0)\n" }.joined() }
    }
    add("first tensor:", location.map { $0.text.pieces(at: "\n") } ?? [])
    add("what led there:", causes)
    for script in scripts where !script.lines.isEmpty { add("script \(script.path):", script.lines) }
    add("samples:", samples.lines())
    add("weights:", weights.flatMap { showsAll ? $0.lines(limit: .max) : $0.lines() })
    return text
  }

  package var json: JSONValue {
    .object(
      (report.json.members ?? []) + [
        JSONMember("causes", .array(causes.map { .string($0) })),
        JSONMember(
          "scripts",
          .array(
            scripts.map {
              [
                "path": .string($0.path), "summary": .string($0.summary),
                "diff": .array($0.lines.map { .string($0) }),
              ]
            })),
        JSONMember("samples", samples.json), JSONMember("weights", .array(weights.map(\.json))),
        JSONMember("location", location?.json ?? .null),
      ])
  }
}
