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
  /// What stages of classification read, as far as the record can be read.
  private let classified: [ClassificationLine]

  /// - Parameter label: the name of the run in the text; nil: its path.
  package init(_ run: RecordedRun, label: String? = nil) {
    self.run = run
    self.label = label ?? run.path
    // `swerve check` names what is wrong with a file.
    classified = (try? ClassificationLine.read(run.folder)) ?? []
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

  /// What people look for first: status, duration, and the metrics of each stage. What went in and where it ran follow, and
  /// the digests come last.
  /// - Parameter showsAll: also lists the digest of every file that was read, and every metric of each inference rule.
  package func text(showsAll: Bool = false) -> String {
    let manifest = run.manifest
    let (steps, planned) = (run.recorded.trainingSteps, manifest.stages.reduce(0) { $0 &+ $1.steps })
    var head = [
      ["run", label],
      ["status", run.state.rawValue + (steps == planned ? ", \(steps) steps" : ", \(steps) of \(planned) steps")],
    ]
    if let cost = run.cost {
      head.append(["duration", DisplayNumber.duration(cost.seconds)])
      head.append(["peak memory", DisplayNumber.mebibytes(cost.peakMemoryBytes)])
    }
    if case .failed(let message) = run.result?.status { head.append(["error", message]) }
    if let chainBreak = run.chainBreak { head.append(["edited", chainBreak.text]) }
    var text = TextTable.text(head)
    for stage in stages {
      let mode = stage.mode.map { ", evaluations \($0)" } ?? ""
      text += "\nstage \(stage.name), \(stage.steps) steps\(mode)\n" + reading(ofStage: stage.name)
      text += ending(ofStage: stage.name)
      let order = MetricTable.byProminence(stage.spans.map(\.name))
      let spans = order.compactMap { name in stage.spans.first { $0.name === name } }
      let shown = showsAll ? spans : spans.filter { !InferenceRuleTable.contains($0.name) }
      text += TextTable.text([["  METRIC", "FIRST", "LAST"]] + shown.map { Self.row($0) })
      if shown.count < spans.count { text += "\n" + rules(spans) }
    }
    return text + "\n" + TextTable.text(inputs + digests(showsAll: showsAll))
  }

  private var inputs: [[String]] {
    let manifest = run.manifest
    return [
      ["name", manifest.name], ["script", manifest.script], ["seed", "\(manifest.inputs.seed)"],
      ["math", "\(manifest.inputs.math) \(manifest.inputs.mathVersion)"],
    ] + (manifest.inputs.options.members ?? []).map { ["option \($0.key)", $0.value.compact()] }
      + manifest.notCompared.map { [$0.0, $0.1] }
  }

  /// The last evaluation of a classifier.
  private func rules(_ spans: [MetricSpan]) -> String {
    let table = InferenceRuleTable(spans.map(\.name)) { name in spans.first { $0.name === name }?.last }
    let count = spans.count { InferenceRuleTable.contains($0.name) }
    return table.text() + "(the last evaluation; --all lists its \(count) metrics)\n"
  }

  private func digests(showsAll: Bool) -> [[String]] {
    let inputs = run.manifest.inputs
    var rows = [
      ["weights", run.recorded.results.last?.weights ?? run.recorded.lastWeights ?? "-"],
      ["hash chain", run.chainBreak?.text ?? "intact, \(run.recorded.chain)"],
      ["script sha256", inputs.scriptSHA256],
    ]
    if showsAll {
      rows += inputs.files.map { ["file \($0.path)", $0.sha256] }
    } else if !inputs.files.isEmpty {
      rows.append(["files", "\(inputs.files.count) (--all lists them)"])
    }
    return rows
  }

  private func input(ofStage name: String) -> ClassificationInput? {
    classified.lazy.filter { $0.stage === name }.compactMap { line in
      if case .input(let input) = line.content { input } else { nil }
    }.first
  }

  /// The documents of a stage of classification; empty for another stage.
  private func reading(ofStage name: String) -> String {
    guard let input = input(ofStage: name) else { return "" }
    let sets = input.texts.map { "\($0.set) \($0.documents)" }.joined(separator: ", ")
    let remarks = input.texts.compactMap { $0.remark(limit: input.limit) }
    return (["documents: \(sets); \(input.labels.count) labels"] + remarks).map { "  \($0)\n" }.joined()
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
      "seconds": run.cost.map { .double($0.seconds) } ?? .null,
      "peak_memory_bytes": run.cost.map { .integer($0.peakMemoryBytes) } ?? .null,
      "manifest": run.manifest.json, "result": run.result?.json ?? .null,
      "stages": .array(
        stages.map {
          [
            "name": .string($0.name), "steps": .integer($0.steps), "mode": $0.mode.map { .string($0) } ?? .null,
            "texts": input(ofStage: $0.name).map { input in .array(input.texts.map(\.json)) } ?? .null,
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
