import SwerveRL
import SwerveText

/// Loss by inference rule by metric: the tables of a report about classifiers.
struct ClassificationTables {
  private let members: [ClassifiedSeries]
  private let set: String
  /// The rules of all series, in the order of the record.
  private let rules: [String]

  /// The metrics that have a table of their own, or a column where there is one series.
  static let main: [HierarchyMetric] = [
    .leafAccuracy, .f1, .f1PerDocument, .macroF1All, .leafMacroF1Present, .microF1, .hammingLoss,
  ]
  /// More columns would not fit a page.
  private static let mostColumns = 8

  /// - Parameter members: of one set.
  init(_ members: [ClassifiedSeries], set: String) {
    self.members = members
    self.set = set
    rules = members.flatMap(\.rules).distinct
  }

  /// What the page shows at once: of one series a row for each rule; of several, a table for each main metric with a row for
  /// each series.
  var shown: [ReportTable] {
    members.count == 1 ? [byRule] : [area] + Self.main.prefix(4).flatMap(bySeries)
  }

  /// What it shows on demand.
  var folded: [ReportTable] {
    (members.count == 1 ? [] : Self.main.dropFirst(4).flatMap(bySeries)) + [all]
  }

  private func name(_ part: String) -> String { "classification-\(set)-\(part)" }

  private var byRule: ReportTable {
    let area = HierarchyMetric.areaUnderCurve
    let columns = (Self.main + [area]).map { metric in column(metric, rules) { members[0].estimate(metric, rule: $0) } }
    return ReportTable(
      name: name("rules"), columns: ["rule"] + (Self.main + [area]).map(\.rawValue),
      rows: rules.indices.map { row in [.text(rules[row])] + columns.map { $0[row] } })
  }

  private var area: ReportTable {
    let cells = column(.areaUnderCurve, members) { $0.estimate(.areaUnderCurve, rule: "") }
    return ReportTable(
      name: name("hf1_auc"), columns: ["series", "hf1_auc", "seeds"],
      rows: zip(members, cells).map { [.text($0.label), $1, .count($0.series.seeds.count)] })
  }

  private func bySeries(_ metric: HierarchyMetric) -> [ReportTable] {
    let columns = rules.map { rule in column(metric, members) { $0.estimate(metric, rule: rule) } }
    let parts = stride(from: 0, to: rules.count, by: Self.mostColumns).map {
      $0..<min($0 + Self.mostColumns, rules.count)
    }
    return parts.enumerated().map { number, part in
      ReportTable(
        name: name(metric.rawValue + (parts.count == 1 ? "" : "-\(number + 1)")),
        columns: [metric.rawValue] + rules[part],
        rows: members.indices.map { row in [.text(members[row].label)] + part.map { columns[$0][row] } })
    }
  }

  /// Every main metric of every series and rule, in a row for each: the table for other programs.
  private var all: ReportTable {
    let metrics = HierarchyMetric.allCases.filter { !$0.isPerDepth }
    return ReportTable(
      name: name("all"), columns: ["series", "rule"] + metrics.map(\.rawValue),
      rows: members.flatMap { member in
        member.rules.map { rule in
          [.text(member.label), .text(rule)]
            + metrics.map { member.estimate($0, rule: rule).map { .estimate($0) } ?? .missing }
        }
      })
  }

  /// The cells of a column, of which the best are marked.
  private func column<Row>(
    _ metric: HierarchyMetric, _ rows: [Row], _ estimate: (Row) -> Estimate?
  ) -> [ReportTable.Cell] {
    let found = rows.map(estimate)
    let means = found.compactMap { $0?.mean }
    let best = metric.isLoss ? means.min() : means.max()
    // Where all are equal, none is better.
    let isMarked = Swift.Set(means).count > 1
    return found.map { found in
      found.map { .estimate($0, isBest: isMarked && $0.mean == best) } ?? .missing
    }
  }
}
