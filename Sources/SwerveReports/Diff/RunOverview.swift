import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// Two runs side by side: what people look for before they look for the first bit that differs.
package struct RunOverview {
  private let a: RecordedRun
  private let b: RecordedRun

  package init(_ a: RecordedRun, _ b: RecordedRun) {
    self.a = a
    self.b = b
  }

  /// Status, duration, and the last values of the metrics of each stage that both have.
  /// - Parameters:
  ///   - only: the metrics; nil: success, reward and the distance from the reference, or all with `showsAll`.
  ///   - labels: the names of the two.
  package func text(labels: (String, String), only: Glob? = nil, showsAll: Bool = false) -> String {
    var rows = [["", "A", "B", "B - A"], ["run", labels.0, labels.1, ""]]
    rows.append(["status", a.state.rawValue, b.state.rawValue, ""])
    rows.append(["steps", "\(a.recorded.trainingSteps)", "\(b.recorded.trainingSteps)", ""])
    if a.cost != nil || b.cost != nil {
      rows.append(["duration"] + [a, b].map { $0.cost.map { DisplayNumber.duration($0.seconds) } ?? "-" } + [""])
    }
    for stage in a.manifest.stages where b.manifest.stages.contains(where: { $0.name === stage.name }) {
      let (own, other) = (Ends(a, stage.name), Ends(b, stage.name))
      let names = MetricTable.byProminence((own.names + other.names).distinct)
      for name in names where only?.matches(name) ?? (showsAll || MetricTable.isHeadline(name)) {
        let (x, y) = (own.value(name), other.value(name))
        let difference = x.flatMap { x in y.map { Double($0) - Double(x) } }
        rows.append([
          "\(name) of \(stage.name)", own.text(name), other.text(name),
          difference.map { ($0 > 0 ? "+" : "") + DisplayNumber.short($0) } ?? "-",
        ])
      }
    }
    return TextTable.text(rows)
  }

  /// The last value of each metric of a stage.
  private struct Ends {
    let names: [String]
    private let values: [(name: String, value: Float)]
    private let evaluation: StageEvaluation

    init(_ run: RecordedRun, _ stage: String) {
      let info = run.manifest.stages.first { $0.name === stage } ?? StageInfo(name: stage, kind: "", steps: 0)
      let steps = run.recorded.steps.filter { $0.stage === stage }
      evaluation = StageEvaluation(info, steps)
      names = steps.lazy.flatMap(\.metrics).lazy.map(\.name).distinct
      values = names.compactMap { name in
        steps.lazy.reversed().compactMap { line in line.metrics.first { $0.name === name }?.value }.first
          .map { (name, $0) }
      }
    }

    func value(_ name: String) -> Float? { values.first { $0.name === name }?.value }

    func text(_ name: String) -> String {
      guard let value = value(name) else { return "-" }
      let interval = evaluation.interval(name, value).map { " " + StageEvaluation.text($0) } ?? ""
      return DisplayNumber.short(Double(value)) + interval
    }
  }
}
