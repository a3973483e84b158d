import SwerveRL

extension ScriptAPI {
  /// docs/metrics.md: what a run logs, and the columns that hooks see. It is made from the tables that runs use.
  package static func metricReference() -> String {
    var page = MarkdownPage()
    page.text += """
      # Metrics and columns

      Made from the tables `MetricTable.swift`, `Column.swift`, `HierarchyMetric.swift` and `LabelDecoderTable.swift` in
      `Sources/SwerveRL`. Do not edit: `\(stubsCommand)` writes it anew.

      A metric is a number that each step logs, or each evaluation: a field of a line of metrics.jsonl, what charts and tables show
      and what golden files compare. A column has a number for each generated token of a batch: it is what rules, losses and logs
      are given. Logarithms are natural. The column "Best" says what `keep.best` takes for the best value of a metric where the
      script sets no `mode`.


      """
    page.contents(["Metrics", "Columns", "Hierarchical classification"])
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
    page.hierarchy()
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
        let stages = row.kinds.joined(separator: ", ")
        return [
          "`\(row.pattern.text)`", row.unit.rawValue, stages, row.scope == .clock ? "" : row.best.rawValue, row.formula,
        ]
      })
  }
}

extension MarkdownPage {
  fileprivate mutating func hierarchy() {
    heading(2, "Hierarchical classification")
    text += """
      Labels form a tree. The root is no label: it is in no set, has depth 0 and probability 1. P is the predicted set of a
      document, Y the true one; closing a set adds all labels above its labels. What can't be computed is absent: a precision
      without a prediction, a depth that no document reaches. Where a mean over labels needs a number for labels that never
      occur, there are two metrics, `_all` and `_present`.


      """
    heading(3, "Metrics of decisions")
    text += "`DEPTH` stands for a depth of labels, from 1. Sums run over documents.\n\n"
    table(
      ["Metric", "Meaning", "Source"],
      HierarchyMetric.allCases.map { ["`\($0.rawValue)\($0.isPerDepth ? "/DEPTH" : "")`", $0.formula, $0.source] })
    text += """
      classification.jsonl has 95 % intervals of the metrics without a depth, except those that begin with `constrained_`. Each of
      1000 draws takes as many documents as the set has, with replacement. The middle 95 % of the draws' values are moved by the
      difference between the metric and their mean, and cut to 0 and 1. Without that move, a mean over labels that few documents
      have can lie above its interval, since a draw lacks some of these labels (Efron and Tibshirani, An Introduction to the
      Bootstrap, 1993, 10.2). The intervals say how much the choice of the documents matters, not that of the seed.


      """
    heading(3, "Probabilities")
    text += "s is the logit of a label.\n\n"
    table(["Kind", "Probability of a label"], LabelProbabilities.Kind.allCases.map { ["`\($0.rawValue)`", $0.doc] })
    heading(3, "Inference rules")
    text += """
      A candidate takes the place of the best one so far only if its value is larger by more than 1e-9 of it. Candidates are
      scanned in the order of the labels; for `information_threshold` and `hf_beta` by depth first, the root before all.


      """
    table(
      ["Rule", "Parameters", "The set that a document gets", "Source"],
      LabelDecoderTable.rows.map { row in
        let parameters = row.parameters.map { "`\($0.name)` (\($0.defaultText)): \($0.doc), \($0.expected)" }
        return ["`\(row.name)`", parameters.joined(separator: "; "), row.doc, row.source]
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
