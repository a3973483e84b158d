import SwerveFiles
import SwerveRL
import SwerveText

/// The figures of a report, in sections.
struct ReportSections {
  private struct Section {
    let name: String
    let charts: [ReportChart]
  }

  private let series: [ReportData.Series]
  private let sections: [Section]

  init(_ comparison: ReportComparison, _ question: ReportQuestion) {
    let series = comparison.series
    let known = series.flatMap(\.metrics).distinct
    // A metric that was asked for has its chart in the first section only.
    var left = known
    func charts(_ isWanted: (String) -> Bool) -> [ReportChart] {
      let wanted = left.filter(isWanted)
      left.removeAll(where: isWanted)
      return wanted.compactMap { ReportChart($0, series, smoothing: question.smoothing) }
    }
    var sections: [Section] = []
    if !question.metrics.isEmpty {
      let asked = comparison.metrics
      sections.append(
        Section(name: "What was asked for, over the steps", charts: charts { asked.containsExactly($0) }))
    }
    sections += [
      Section(name: "Success over the steps", charts: charts(ReportComparison.isRate)),
      Section(
        name: "Classification over the steps",
        charts: charts { metric in
          // One evaluation is in the tables.
          (HierarchyMetricName(metric)?.metric.isOfProbabilities ?? false)
            && series.contains { $0.steps(of: metric).count > 1 }
        }),
      Section(
        name: "Probability of the right character at critical tokens",
        charts: charts { MetricTable.isEvaluation($0, unit: .probability) }),
      Section(name: "Training", charts: charts { MetricTable.isShown($0, in: .chart) }),
      Section(
        name: "Certainty and weights of the tokens in the last update",
        charts: ["certainty", "weight"].compactMap { ReportChart(quantilesOf: $0, series) }),
    ]
    self.series = series
    self.sections = sections.filter { !$0.charts.isEmpty }
  }

  /// In the order of the page.
  var charts: [ReportChart] { sections.flatMap(\.charts) }

  func html() -> String { sections.map(html).joined() }

  private func html(_ section: Section) -> String {
    let figures = section.charts.map { chart in
      "<figure>\(chart.svg())<details><summary>Numbers of \(Markup.escaped(chart.name))</summary>"
        + chart.table(most: ReportChart.mostRows).html() + thinning(chart) + "</details></figure>\n"
    }
    return "<h2>\(Markup.escaped(section.name))</h2>\n" + seedsNote + legend
      + "<div class=\"charts\">\(figures.joined())</div>\n"
  }

  private func thinning(_ chart: ReportChart) -> String {
    chart.stride == 1
      ? ""
      : "<p class=\"soft\">One of every \(chart.stride) rows, and the last; <code>--tables</code> writes all.</p>\n"
  }

  private var legend: String {
    "<p class=\"legend\">"
      + series.enumerated().map {
        "<span><i class=\"key k\(SVGCanvas.style(ofColor: $0))\"></i>"
          + "\(Markup.escaped($1.label))</span>"
      }.joined() + "</p>\n"
  }

  private var seedsNote: String {
    let counts = series.map(\.seeds.count)
    guard let least = counts.min(), let most = counts.max(), most > 1 else { return "" }
    let seeds = least == most ? "\(most)" : "\(least) to \(most)"
    return "<p class=\"soft\">Means over \(seeds) seeds with the 95 % interval of the mean.</p>\n"
  }
}
