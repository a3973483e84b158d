import SwerveRL

/// One run in a list.
package struct RunRow: Equatable, Sendable {
  package let path: String
  package let name: String
  package let seed: UInt64?
  package let stages: [String]
  /// Steps done and planned, in all stages.
  package let steps: Int
  package let planned: Int
  /// "complete", "interrupted", "failed", "incomplete" (killed or still running) or "unreadable".
  package let status: String
  /// Why it is unreadable or failed.
  package let problem: String?
  /// Of the last step.
  package let metrics: [Metric]
  package let weightsSHA256: String?

  package var json: JSONValue {
    [
      "path": .string(path), "name": .string(name), "seed": seed.map { .integer($0) } ?? .null,
      "stages": .array(stages.map { .string($0) }), "steps": .integer(steps), "planned": .integer(planned),
      "status": .string(status), "problem": problem.map { .string($0) } ?? .null, "metrics": StepLine.json(metrics),
      "weights_sha256": weightsSHA256.map { .string($0) } ?? .null,
    ]
  }
}

/// What runs a folder holds.
package enum RunList {
  /// The metrics that the table shows, as far as a run has them: the first three that one of these covers.
  package static let shownMetrics = [Glob("success*"), Glob("return*"), Glob("loss")]

  /// Every run folder in the folder, in bytewise order of name; one that cannot be read is listed with the reason.
  /// - Throws: `RunError.file` when the folder cannot be listed.
  package static func scan(_ folder: String) throws -> [RunRow] {
    try POSIXFile.list(folder).compactMap { name in
      let run = RunFolder(path: Path.join(folder, name))
      guard !name.hasPrefix("."), POSIXFile.kind(run.manifest) == .file else { return nil }
      do {
        return try row(run)
      } catch {
        return RunRow(
          path: run.path, name: name, seed: nil, stages: [], steps: 0, planned: 0, status: "unreadable",
          problem: (error as? RunError)?.description ?? "\(error)", metrics: [], weightsSHA256: nil)
      }
    }
  }

  /// Only a run without a result needs its metrics read.
  private static func row(_ folder: RunFolder) throws -> RunRow {
    let manifest = try Manifest.read(folder.manifest)
    let result = POSIXFile.kind(folder.result) == nil ? nil : try RunResult.read(folder.result)
    let steps = result == nil ? try RunReader.read(folder.path).recorded.steps : []
    var problem: String?
    if case .failed(let message) = result?.status { problem = message }
    return RunRow(
      path: folder.path, name: manifest.name, seed: manifest.inputs.seed, stages: manifest.stages.map(\.name),
      steps: result?.steps ?? steps.count { $0.step > 0 }, planned: manifest.stages.reduce(0) { $0 + $1.steps },
      status: result?.status.word ?? "incomplete", problem: problem,
      metrics: result?.metrics ?? steps.last?.metrics ?? [],
      weightsSHA256: result?.weightsSHA256 ?? steps.last?.weights)
  }

  package static func text(_ rows: [RunRow]) -> String {
    let head = ["RUN", "SEED", "STAGES", "STEPS", "STATUS", "WEIGHTS", "LAST METRICS"]
    return TextTable.text(
      [head]
        + rows.map { row in
          [
            row.path, row.seed.map(String.init) ?? "-", row.stages.joined(separator: ","),
            row.steps == row.planned ? "\(row.steps)" : "\(row.steps)/\(row.planned)", row.status,
            row.weightsSHA256.map { String($0.prefix(8)) } ?? "-", row.problem ?? shown(row.metrics),
          ]
        })
  }

  package static func json(_ rows: [RunRow]) -> JSONValue { .array(rows.map(\.json)) }

  private static func shown(_ metrics: [Metric]) -> String {
    metrics.filter { metric in metric.value != nil && shownMetrics.contains { $0.matches(metric.name) } }.prefix(3)
      .map { "\($0.name)=\($0.value.map(ExactText.text) ?? "null")" }.joined(separator: " ")
  }
}
