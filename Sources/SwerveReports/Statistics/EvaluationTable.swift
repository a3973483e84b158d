import SwerveFiles
import SwerveRecords
import SwerveText

/// What training changed: the results of each stage's evaluations before the first step and after the last one, by the
/// names of metrics.
package struct EvaluationTable {
  /// Stages with an evaluation, in the order of the plan.
  private let stages: [StageEvaluation]

  package init(_ run: RecordedRun) {
    stages = run.manifest.stages.map { StageEvaluation($0, run.recorded.steps) }.filter { !$0.metrics.isEmpty }
  }

  package func text() -> String { groups.map(Self.text).joined(separator: "\n") }

  package var json: JSONValue { .array(stages.map(\.json)) }

  /// Fine-tuning stages whose sets have the same numbers of episodes share a table. Every other stage has its own
  /// table.
  private var groups: [[StageEvaluation]] {
    var groups = stages.filter(\.stage.makesBaseModel).map { [$0] }
    var tuned: [[StageEvaluation]] = []
    for stage in stages where !stage.stage.makesBaseModel {
      if let index = tuned.firstIndex(where: { $0.allSatisfy { Self.agree($0, stage) } }) {
        tuned[index].append(stage)
      } else {
        tuned.append([stage])
      }
    }
    groups += tuned
    return groups
  }

  private static func agree(_ a: StageEvaluation, _ b: StageEvaluation) -> Bool {
    a.metrics.filter(b.metrics.containsExactly).allSatisfy { a.episodes($0) == b.episodes($0) }
  }

  /// Rates come first, with their episodes and intervals if the record has the number of episodes. Then come the other
  /// metrics.
  private static func text(_ stages: [StageEvaluation]) -> String {
    let metrics = stages.flatMap(\.metrics).distinct
    let rates = metrics.filter { metric in stages.contains { $0.episodes(metric) != nil } }
    let others = metrics.filter { !rates.containsExactly($0) && !InferenceRuleTable.contains($0) }
    let columns = columns(stages)
    func table(_ metrics: [String], count: ((String) -> String)?) -> String {
      let head = ["METRIC"] + (count == nil ? [] : ["N"]) + columns.map(\.name)
      let rows = metrics.map { metric in
        [metric] + (count.map { [$0(metric)] } ?? []) + columns.map { $0.cell(metric) }
      }
      return TextTable.text([head] + rows)
    }
    let counted = table(rates) { metric in "\(stages.lazy.compactMap { $0.episodes(metric) }.first ?? 0)" }
    let classifiers = stages.map { stage in
      let measured = stage.metrics.lazy.filter(InferenceRuleTable.contains).compactMap(stage.after).first
      return InferenceRuleTable(stage.metrics, remark: measured.map(stage.remark) ?? "") { stage.after($0)?.value }
        .text()
    }
    return
      ([rates.isEmpty ? "" : counted + note(stages), others.isEmpty ? "" : table(others, count: nil)] + classifiers)
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private typealias Column = (name: String, cell: (String) -> String)

  /// If all stages start from the same weights, one column for the values before training is enough. Each stage
  /// measures them on its own sets.
  private static func columns(_ stages: [StageEvaluation]) -> [Column] {
    let sharesBefore = stages.allSatisfy { startAgrees($0, stages[0]) }
    func before(_ metric: String) -> String {
      stages.lazy.map { $0.text(before: metric) }.first { $0 != "-" } ?? "-"
    }
    return stages.enumerated().flatMap { index, stage -> [Column] in
      let after: Column = ("AFTER \(stage.stage.name)", stage.text(after:))
      if sharesBefore { return (index == 0 ? [("BEFORE", before)] : []) + [after] }
      return [("BEFORE \(stage.stage.name)", stage.text(before:)), after]
    }
  }

  private static func startAgrees(_ a: StageEvaluation, _ b: StageEvaluation) -> Bool {
    guard let start = a.startWeights, start === b.startWeights else { return a.stage.name === b.stage.name }
    return a.stage.evaluation?.greedy == b.stage.evaluation?.greedy && a.temperatureBefore == b.temperatureBefore
      && a.metrics.filter(b.metrics.containsExactly).allSatisfy {
        a.before($0)?.value.bitPattern == b.before($0)?.value.bitPattern
      }
  }

  /// A note on how the episodes were made.
  private static func note(_ stages: [StageEvaluation]) -> String {
    let modes = stages.map { $0.mode ?? "-" }
    if modes.allSatisfy({ $0 === modes[0] }) {
      return "rates over N episodes, \(modes[0]), with 95 % intervals (Wilson)\n"
    }
    return "rates over N episodes with 95 % intervals (Wilson)\n"
      + zip(stages, modes).map { "  \($0.stage.name): \($1)\n" }.joined()
  }
}
