import SwerveRL
import SwerveText

/// One metric of a stage over its steps: the first and the last value that it had, leaving out steps with nothing to
/// measure.
package struct MetricSpan: Equatable, Sendable {
  package let name: String
  package let firstStep: Int
  package let first: Float
  package let lastStep: Int
  package let last: Float
}

/// One run in full, for `show`.
package struct RunSummary: Sendable {
  package let run: RecordedRun
  private let label: String

  /// - Parameter label: how the run was named; nil for its path.
  package init(_ run: RecordedRun, label: String? = nil) {
    self.run = run
    self.label = label ?? run.path
  }

  /// For every stage that has steps, its metrics in the order of its steps.
  package var stages: [(name: String, steps: Int, spans: [MetricSpan])] {
    var stages: [(name: String, steps: Int, spans: [MetricSpan])] = []
    var start = 0
    let steps = run.recorded.steps
    for index in steps.indices where index + 1 == steps.count || steps[index + 1].stage !== steps[index].stage {
      let stage = steps[start...index]
      stages.append((steps[index].stage, stage.count { $0.step > 0 }, Self.spans(stage)))
      start = index + 1
    }
    return stages
  }

  private static func spans(_ steps: ArraySlice<StepLine>) -> [MetricSpan] {
    let names = steps.last?.metrics.map(\.name) ?? []
    return names.compactMap { span(of: $0, in: steps) }
  }

  private static func span(of name: String, in steps: ArraySlice<StepLine>) -> MetricSpan? {
    var span: MetricSpan?
    for line in steps {
      guard let value = line.metrics.first(where: { $0.name === name })?.value else { continue }
      span = MetricSpan(
        name: name, firstStep: span?.firstStep ?? line.step, first: span?.first ?? value, lastStep: line.step,
        last: value)
    }
    return span
  }

  package func text() -> String {
    let manifest = run.manifest
    var rows = [
      ["run", label], ["name", manifest.name], ["status", run.status], ["script", manifest.script],
      ["script sha256", manifest.inputs.scriptSHA256], ["seed", "\(manifest.inputs.seed)"],
      ["math", "\(manifest.inputs.math) \(manifest.inputs.mathVersion)"],
      ["weights", run.recorded.results.last?.weights ?? run.recorded.steps.last?.weights ?? "-"],
      ["hash chain", run.chainBreak?.text ?? "intact, \(run.recorded.chain)"],
    ]
    rows += (manifest.inputs.options.members ?? []).map { ["option \($0.key)", $0.value.compact()] }
    rows += manifest.inputs.files.map { ["file \($0.path)", $0.sha256] }
    rows += manifest.notCompared.map { [$0.0, $0.1] }
    if case .failed(let message) = run.result?.status { rows.append(["error", message]) }
    var text = TextTable.text(rows)
    for stage in stages {
      text += "\nstage \(stage.name), \(stage.steps) steps\n"
      text += TextTable.text([["  METRIC", "FIRST", "LAST"]] + stage.spans.map { Self.row($0) })
    }
    return text
  }

  private static func row(_ span: MetricSpan) -> [String] {
    [
      "  " + span.name, "\(ExactText.text(span.first)) (step \(span.firstStep))",
      "\(ExactText.text(span.last)) (step \(span.lastStep))",
    ]
  }

  package var json: JSONValue {
    [
      "path": .string(label), "status": .string(run.status), "intact": .bool(run.chainBreak == nil),
      "manifest": run.manifest.json, "result": run.result?.json ?? .null,
      "stages": .array(
        stages.map {
          ["name": .string($0.name), "steps": .integer($0.steps), "metrics": .array($0.spans.map(\.json))]
        }),
    ]
  }
}

extension MetricSpan {
  package var json: JSONValue {
    [
      "name": .string(name), "first_step": .integer(firstStep), "first": .float(first), "last_step": .integer(lastStep),
      "last": .float(last),
    ]
  }
}
