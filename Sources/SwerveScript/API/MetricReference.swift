import SwerveRL

extension ScriptAPI {
  /// docs/metrics.md: what a run logs, and the columns that hooks see. It is made from the tables that runs use.
  package static func metricReference() -> String {
    var page = MarkdownPage()
    page.text += """
      # Metrics and columns

      Made from the tables `Sources/SwerveRL/Metrics/MetricTable.swift` and `Sources/SwerveRL/Finetune/Column.swift`. Do not edit:
      `\(stubsCommand)` writes it anew.

      A metric is a number that each step logs, or each evaluation: a field of a line of metrics.jsonl, what charts and tables show
      and what golden files compare. A column has a number for each generated token of a batch: it is what rules, losses and logs
      are given. Logarithms are natural. The column "Best" says what `keep.best` takes for the best value of a metric where the
      script sets no `mode`.


      """
    page.contents(["Metrics", "Columns"])
    page.heading(2, "Metrics")
    page.text += "Words in capitals stand for names:\n\n"
    page.table(["Word", "Stands for"], MetricVariable.allCases.map { ["`\($0.rawValue)`", $0.doc] })
    for scope in MetricRow.Scope.allCases { page.metrics(scope) }
    page.heading(2, "Columns")
    page.table(
      ["Column", "Unit", "For", "Differentiable", "Meaning"],
      Column.all.map { column in
        ["`\(column.name)`", column.unit, readers(column), column.isDifferentiable ? "in losses" : "", column.doc]
      })
    return page.text
  }

  private static func readers(_ column: Column) -> String {
    let all: [(Column.Hooks, String)] = [(.rule, "rules"), (.loss, "losses"), (.log, "logs")]
    return all.filter { column.hooks.contains($0.0) }.map(\.1).joined(separator: ", ")
  }
}

extension MarkdownPage {
  fileprivate mutating func metrics(_ scope: MetricRow.Scope) {
    heading(3, scope.title)
    text += scope.doc + ".\n\n"
    table(
      ["Metric", "Unit", "Stages", "Best", "Meaning"],
      MetricTable.rows.filter { $0.scope == scope }.map { row in
        let stages = row.kinds.isEmpty ? "all that evaluate" : row.kinds.joined(separator: ", ")
        return [
          "`\(row.pattern.text)`", row.unit.rawValue, stages, row.scope == .clock ? "" : row.best.rawValue, row.formula,
        ]
      })
  }
}

extension MetricRow.Scope {
  fileprivate var title: String {
    switch self {
    case .step: "Of a step"
    case .minibatches: "Of the minibatches"
    case .batch: "Of the collected batch"
    case .evaluation: "Of an evaluation"
    case .clock: "Of the clock"
    }
  }
}
