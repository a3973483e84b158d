import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// One metric of a stage over its steps: the first and the last value that it had, leaving out steps with nothing to
/// measure.
package struct MetricSpan: Equatable, Sendable {
  package let name: String
  package let firstStep: Int
  package let first: Float
  package let lastStep: Int
  package let last: Float
  /// The intervals of both values, if they are rates over a known number of episodes.
  package let firstInterval: RateInterval?
  package let lastInterval: RateInterval?
}

/// One run in full, for `show`.
package struct RunSummary: Sendable {
  package let run: RecordedRun
  private let label: String

  /// - Parameter label: the name of the run in the text; nil: its path.
  package init(_ run: RecordedRun, label: String? = nil) {
    self.run = run
    self.label = label ?? run.path
  }

  /// For every stage that has steps, its metrics in the order of its steps, and how its evaluations chose tokens.
  package var stages: [(name: String, steps: Int, mode: String?, spans: [MetricSpan])] {
    var stages: [(name: String, steps: Int, mode: String?, spans: [MetricSpan])] = []
    var start = 0
    let steps = run.recorded.steps
    for index in steps.indices where index + 1 == steps.count || steps[index + 1].stage !== steps[index].stage {
      let stage = steps[start...index]
      let name = steps[index].stage
      let info = run.manifest.stages.first { $0.name === name } ?? StageInfo(name: name, kind: "", steps: 0)
      let evaluation = StageEvaluation(info, Array(stage))
      stages.append((name, stage.count { $0.step > 0 }, evaluation.mode, Self.spans(stage, evaluation)))
      start = index + 1
    }
    return stages
  }

  /// The last step's metrics, then those that only earlier steps have: the evaluations of a stage that was stopped.
  private static func spans(_ steps: ArraySlice<StepLine>, _ evaluation: StageEvaluation) -> [MetricSpan] {
    let names = ((steps.last?.metrics ?? []) + steps.flatMap(\.metrics)).map(\.name).distinct
    return names.compactMap { span(of: $0, in: steps, evaluation) }
  }

  private static func span(
    of name: String, in steps: ArraySlice<StepLine>, _ evaluation: StageEvaluation
  ) -> MetricSpan? {
    let values = steps.compactMap { line in
      line.metrics.first { $0.name === name }?.value.map { (step: line.step, value: $0) }
    }
    guard let first = values.first, let last = values.last else { return nil }
    return MetricSpan(
      name: name, firstStep: first.step, first: first.value, lastStep: last.step, last: last.value,
      firstInterval: evaluation.interval(name, first.value), lastInterval: evaluation.interval(name, last.value))
  }

  package func text() -> String {
    let manifest = run.manifest
    var rows = [
      ["run", label], ["name", manifest.name], ["status", run.state.rawValue], ["script", manifest.script],
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
      let mode = stage.mode.map { ", evaluations \($0)" } ?? ""
      text += "\nstage \(stage.name), \(stage.steps) steps\(mode)\n" + ending(ofStage: stage.name)
      text += TextTable.text([["  METRIC", "FIRST", "LAST"]] + stage.spans.map { Self.row($0) })
    }
    return text
  }

  /// Where a stage ended early, and which step gave its result; empty for a stage that ended with its last step.
  private func ending(ofStage name: String) -> String {
    guard let info = run.manifest.stages.first(where: { $0.name === name }) else { return "" }
    var text = ""
    if let last = run.recorded.steps.last(where: { $0.stage === name }), let reason = last.stopped {
      text += "  stopped at step \(last.step) of \(info.steps): \(reason)\n"
    }
    guard let best = run.recorded.best(of: info) else { return text }
    let asked = "\(best.by.mode.rawValue) of \(best.by.metric)"
    guard let found = best.found else {
      return text + "  no step has measured \(best.by.metric), so the last step gives the result\n"
    }
    return text + "  best step \(found.step): \(asked), \(ExactText.text(found.value))\n"
  }

  private static func row(_ span: MetricSpan) -> [String] {
    [
      "  " + span.name, text(span.first, span.firstInterval, span.firstStep),
      text(span.last, span.lastInterval, span.lastStep),
    ]
  }

  /// "0.5 [0.30, 0.70] (n = 20, step 4)"
  private static func text(_ value: Float, _ interval: RateInterval?, _ step: Int) -> String {
    let range = interval.map { " " + StageEvaluation.text($0) } ?? ""
    let count = interval.map { "n = \($0.count), " } ?? ""
    return "\(ExactText.text(value))\(range) (\(count)step \(step))"
  }

  package var json: JSONValue {
    [
      "path": .string(label), "status": .string(run.state.rawValue), "intact": .bool(run.chainBreak == nil),
      "manifest": run.manifest.json, "result": run.result?.json ?? .null,
      "stages": .array(
        stages.map {
          [
            "name": .string($0.name), "steps": .integer($0.steps), "mode": $0.mode.map { .string($0) } ?? .null,
            "metrics": .array($0.spans.map(\.json)),
          ]
        }),
    ]
  }
}

extension MetricSpan {
  package var json: JSONValue {
    [
      "name": .string(name), "first_step": .integer(firstStep), "first": .float(first), "last_step": .integer(lastStep),
      "last": .float(last), "episodes": firstInterval.map { .integer($0.count) } ?? .null,
      "first_interval": firstInterval?.json ?? .null, "last_interval": lastInterval?.json ?? .null,
    ]
  }
}
