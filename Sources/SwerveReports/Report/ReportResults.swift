import SwerveFiles
import SwerveRL
import SwerveText

/// The part of a report that answers its question: the metrics before and after training, and the comparisons.
struct ReportResults {
  private let data: ReportData
  private let comparison: ReportComparison
  private let table: ReportTable?
  private let paired: ReportTable?
  private let hasClassification: Bool

  /// - Parameter hasClassification: whether the page has the results of classifiers elsewhere.
  init(_ data: ReportData, _ comparison: ReportComparison, hasClassification: Bool = false) {
    self.hasClassification = hasClassification
    self.data = data
    self.comparison = comparison
    table = Self.table(data, comparison)
    paired = comparison.table
  }

  var tables: [ReportTable] { [table, paired].compactMap { $0 } }

  /// - Parameter notes: on runs that are not counted.
  func html(_ notes: [String]) -> String {
    var html = "<h2>Results</h2>\n"
    if let table {
      html += table.html(isCopyable: true)
      html += Self.soft(
        "With 95 % intervals: of a mean over seeds Student's (±), of a rate of one seed over its episodes Wilson's [low, high]."
      )
    } else if !hasClassification {
      html += "<p>No evaluation was made.</p>\n"
    }
    html += [ModelSizes(comparison.series).text, pooling].compactMap { $0 }.map(Self.soft).joined()
    html += unfinished + notes.map { Self.soft($0 + ".") }.joined()
    if let paired {
      html += "<h2>Paired by seed</h2>\n" + Self.soft(comparison.note) + paired.html(isCopyable: true)
    }
    return html
  }

  private static func soft(_ text: String) -> String { "<p class=\"soft\">\(Markup.escaped(text))</p>\n" }

  private var unfinished: String {
    let count = data.unfinished.count
    if count == 0 || count == data.runs.count { return "" }
    return Self.soft("\(count) of \(data.runs.count) runs did not end and are left out.")
  }

  /// What differs between the runs of one series, if the report was asked to group them.
  private var pooling: String? {
    let options = comparison.series.flatMap { RunSeries.varyingOptions($0.runs) }.distinct
    let hasSeveral = comparison.series.contains { $0.runs.count > $0.seeds.count }
    if options.isEmpty && !hasSeveral { return nil }
    let differences = options.isEmpty ? "more than their seeds" : options.joined(separator: ", ")
    return "Runs of one series differ in \(differences): "
      + "where several runs have the same seed, their mean counts for the seed."
  }

  /// A row for each metric and series, even if the series did not measure it; nil if nothing was measured.
  private static func table(_ data: ReportData, _ comparison: ReportComparison) -> ReportTable? {
    // Pre-training is not compared with fine-tuning, but what it measured is also shown.
    let others = data.uncompared.flatMap { series in
      series.metrics.filter(ReportComparison.isRate).map { (metric: $0, series: series) }
    }
    let rows =
      comparison.metrics.flatMap { metric in comparison.series.map { row(metric, $0) } }
      + others.map { row($0.metric, $0.series) }
    if rows.isEmpty { return nil }
    return ReportTable(
      name: "results", columns: ["metric", "series", "before", "after", "seeds", "episodes", "mode", "steps"],
      rows: rows)
  }

  private static func row(_ metric: String, _ series: ReportData.Series) -> [ReportTable.Cell] {
    let measuring = series.measuring(metric)
    let evaluations = MetricTable.isEvaluation(metric) ? measuring.map { series.evaluations[$0] } : []
    func all(_ texts: [String?]) -> ReportTable.Cell {
      let distinct = texts.map { $0 ?? "-" }.distinct
      // Most often all runs have the same number.
      if let count = distinct.count == 1 ? Int(distinct[0]) : nil { return .count(count) }
      return distinct.isEmpty ? .missing : .text(distinct.joined(separator: "; "))
    }
    let ends = series.stepsAfter(metric).map(String.init)
    // The step is shown if it is not the last planned step.
    let place = series.isMeasuredAtTheEnd(metric) ? "" : " (step \(ends.joined(separator: ", ")))"
    let seeds = measuring.map { series.runs[$0].manifest.inputs.seed }.distinct.count
    return [
      .text(metric), .text(series.label), series.before(metric).map { .estimate($0) } ?? .missing,
      series.after(metric).map { .estimate($0, remark: place) } ?? .missing, .count(seeds),
      all(evaluations.map { $0.episodes(metric).map(String.init) }), all(evaluations.map(\.mode)),
      series.lastSteps.count == 1
        ? .count(series.lastSteps[0]) : .text(series.lastSteps.map(String.init).joined(separator: ", ")),
    ]
  }
}
