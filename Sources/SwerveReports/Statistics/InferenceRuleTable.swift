import SwerveFiles
import SwerveRL
import SwerveText

/// What an evaluation of a classifier found, as a terminal shows it: for each set of documents a row for each inference rule,
/// with the metrics that people look for first. The record has many more, most of them for each rule.
struct InferenceRuleTable {
  private static let columns: [HierarchyMetric] = [
    .leafAccuracy, .f1, .f1PerDocument, .microF1, .macroF1All, .exactMatch, .hammingLoss,
  ]
  private let names: [HierarchyMetricName]
  private let remark: String
  private let value: (String) -> Float?

  /// - Parameters:
  ///   - metrics: names of metrics; those that are not of hierarchical classification are left out.
  ///   - remark: on all of them, behind the name of the set.
  ///   - value: of a metric; nil if the evaluation did not measure it.
  init(_ metrics: [String], remark: String = "", value: @escaping (String) -> Float?) {
    names = metrics.compactMap(HierarchyMetricName.init)
    self.remark = remark
    self.value = value
  }

  /// Whether a metric is one that the table stands for.
  static func contains(_ metric: String) -> Bool { HierarchyMetricName(metric) != nil }

  /// Empty if there is no such metric.
  func text() -> String { names.map(\.set).distinct.map(text).joined(separator: "\n") }

  private func text(ofSet set: String) -> String {
    let own = names.filter { $0.set === set }
    let rules = own.compactMap(\.rule).map(\.wrappedValue).distinct
    let columns = Self.columns.filter { metric in own.contains { $0.metric == metric } }
    let rows = rules.map { rule in
      [rule] + columns.map { cell(HierarchyMetricName($0, set: set, rule: rule)) }
    }
    let shown =
      rules.isEmpty ? "" : TextTable.text([["INFERENCE RULE, \(set)\(remark)"] + columns.map(\.rawValue)] + rows)
    let area = own.first { $0.metric == .areaUnderCurve }.map { "area under hP over hR, \($0.text): \(cell($0))\n" }
    return shown + (area ?? "")
  }

  private func cell(_ name: HierarchyMetricName) -> String {
    value(name.text).map { DisplayNumber.fixed(Double($0), decimals: 4) } ?? "-"
  }
}
