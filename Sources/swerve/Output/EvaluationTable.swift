import SwerveRL
import SwerveRuns
import SwerveText

/// What training changed: the evaluations of each stage before the first step and after the last one.
struct EvaluationTable {
  private struct Stage {
    let name: String
    /// In the order of the record: first and last value.
    let metrics: [(name: String, before: Float?, after: Float?)]
  }

  /// Fine-tuning stages stand side by side; every other stage has a table of its own.
  private let groups: [[Stage]]

  init(_ run: RecordedRun) {
    let stages = run.manifest.stages.compactMap { info -> (kind: String, stage: Stage)? in
      let metrics = Self.metrics(run.recorded.steps.filter { $0.stage === info.name })
      return metrics.isEmpty ? nil : (info.kind, Stage(name: info.name, metrics: metrics))
    }
    let tuned = stages.filter { $0.kind == "finetune" }.map(\.stage)
    groups = stages.filter { $0.kind != "finetune" }.map { [$0.stage] } + (tuned.isEmpty ? [] : [tuned])
  }

  private static func metrics(_ steps: [StepLine]) -> [(name: String, before: Float?, after: Float?)] {
    let evaluated = steps.filter(\.isEvaluated)
    guard let first = evaluated.first, let last = evaluated.last else { return [] }
    return first.metrics.filter { StepLine.isEvaluation($0.name) }.map { metric in
      (metric.name, metric.value, last.metrics.first { $0.name === metric.name }?.value)
    }
  }

  func text() -> String { groups.map { Self.text($0) }.joined(separator: "\n") }

  private static func text(_ stages: [Stage]) -> String {
    guard let first = stages.first else { return "" }
    let before = stages.map { $0.metrics.map { $0.before?.bitPattern } }
    let sameBefore = before.allSatisfy { $0 == before[0] }
    var head = ["METRIC"]
    for (index, stage) in stages.enumerated() {
      if index == 0 || !sameBefore { head.append(stages.count == 1 || sameBefore ? "BEFORE" : "BEFORE \(stage.name)") }
      head.append("AFTER \(stage.name)")
    }
    let rows = first.metrics.indices.map { row in
      var cells = [first.metrics[row].name]
      for (index, stage) in stages.enumerated() {
        let metric = row < stage.metrics.count ? stage.metrics[row] : (name: "", before: nil, after: nil)
        if index == 0 || !sameBefore { cells.append(shown(metric.before)) }
        cells.append(shown(metric.after))
      }
      return cells
    }
    return TextTable.text([head] + rows)
  }

  /// Three decimals: the record has every digit.
  private static func shown(_ value: Float?) -> String {
    guard let value, value.isFinite else { return "-" }
    let thousandths = Int((Double(value) * 1000).rounded())
    let digits = String(abs(thousandths) % 1000)
    return (thousandths < 0 ? "-" : "") + "\(abs(thousandths) / 1000)."
      + String(repeating: "0", count: 3 - digits.count) + digits
  }

  var json: JSONValue {
    .array(
      groups.flatMap { $0 }.map { stage in
        [
          "stage": .string(stage.name),
          "metrics": .object(
            stage.metrics.map { JSONMember($0.name, ["before": .float($0.before), "after": .float($0.after)]) }),
        ]
      })
  }
}
