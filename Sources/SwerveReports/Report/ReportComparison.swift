import SwerveFiles
import SwerveRL
import SwerveText

/// The series of a report in the order in which they are shown, and which of them are compared on which metrics.
struct ReportComparison {
  /// The baselines first.
  let series: [ReportData.Series]
  let pairs: [SeriesNames.Pair]
  /// The metrics of the main figures and tables, in the order of the record.
  let metrics: [String]
  /// Those of the paired comparisons: the same ones, or of classifiers where nothing was asked for the one that depends on
  /// no inference rule.
  private let paired: [String]

  /// - Throws: UsageError for a name that no series and no metric has.
  init(_ data: ReportData, _ question: ReportQuestion) throws {
    var series = data.compared
    func names() -> SeriesNames { SeriesNames(series.map { ($0.label, $0.parts) }) }
    if let baseline = question.baseline {
      let first = try names().find(baseline, option: "--baseline")
      series = first.map { series[$0] } + series.indices.filter { !first.contains($0) }.map { series[$0] }
    }
    self.series = series
    if !question.pairs.isEmpty {
      pairs = try names().pairs(question.pairs)
    } else if let baseline = question.baseline {
      pairs = try names().pairs(baseline: baseline)
    } else {
      pairs = series.indices.dropFirst().map { SeriesNames.Pair(a: $0, b: 0) }
    }
    let known = series.flatMap(\.metrics).distinct
    metrics = try Self.metrics(known, question.metrics)
    let ofTrees = known.filter { HierarchyMetricName($0)?.metric.isOfProbabilities ?? false }
    paired = question.metrics.isEmpty ? metrics + ofTrees : metrics
  }

  /// Whether a metric is a share of the episodes of an evaluation.
  static func isRate(_ name: String) -> Bool { MetricTable.isEvaluation(name, unit: .shareOfEpisodes) }

  private static func metrics(_ known: [String], _ wanted: [String]) throws -> [String] {
    if wanted.isEmpty { return known.filter(isRate) }
    return try wanted.flatMap { name in
      let glob = Glob(name)
      let found = known.filter { glob.matches($0) }
      if found.isEmpty {
        throw UsageError(
          "--metric '\(name)': no run of this report has a metric of this name" + didYouMean(name, among: known),
          hint: "the metrics are \(known.joined(separator: ", ")); names may have the wildcards * and ?")
      }
      return found
    }.distinct
  }

  // MARK: Pairs

  /// One comparison.
  private struct Test {
    let name: String
    let metric: String
    let place: String
    let pairs: Int
    let comparison: PairedComparison
    let halfWidth: Double?
  }

  /// The values at the end, and the means over the steps after the first one, because at the first one both have the same
  /// weights. Only seeds count for which both measured the metric.
  private var tests: [Test] {
    pairs.flatMap { pair in
      let (own, other) = (series[pair.a], series[pair.b])
      return paired.flatMap { metric in
        let mean = MetricTable.isEvaluation(metric) ? "mean of the evaluations after step 0" : "mean of all steps"
        // Classifiers are often evaluated once, and then the mean is the end.
        let isOnce = HierarchyMetricName(metric) != nil && own.steps(of: metric).count < 2
        return [
          ("at the end", own.differences(at: metric, from: other)),
          (mean, isOnce ? [] : own.meanDifferences(of: metric, from: other)),
        ].compactMap { place, differences in
          PairedComparison(differences: differences).map {
            Test(
              name: "\(own.label) − \(other.label)", metric: metric, place: place, pairs: differences.count,
              comparison: $0, halfWidth: SeedMean(differences)?.halfWidth)
          }
        }
      }
    }
  }

  /// nil if nothing can be compared.
  var table: ReportTable? {
    let tests = tests
    if tests.isEmpty { return nil }
    let adjusted = HolmAdjustment.adjusted(tests.map(\.comparison.p))
    return ReportTable(
      name: "paired",
      columns: ["difference", "metric", "when", "seeds", "mean", "bootstrap", "Student", "wins", "p", "p (Holm)"],
      rows: zip(tests, adjusted).map { test, adjusted in
        let c = test.comparison
        let decimals = ReportText.decimals(for: test.halfWidth ?? c.mean / 10)
        func signed(_ value: Double) -> String { ReportText.signed(value, decimals: decimals) }
        return [
          .text(test.name), .text(test.metric), .text(test.place), .count(test.pairs),
          .number(c.mean, shown: signed(c.mean)),
          .interval(low: c.low, high: c.high, shown: "[\(signed(c.low)), \(signed(c.high))]"),
          test.halfWidth.map { .number($0, shown: "± " + ReportText.number($0, decimals: decimals)) } ?? .missing,
          .text("\(c.wins) : \(c.ties) : \(c.losses)"), Self.cell(c.p), Self.cell(adjusted),
        ]
      })
  }

  private static func cell(_ p: Double?) -> ReportTable.Cell {
    p.map { .number($0, shown: $0 < 0.0001 ? "< 0.0001" : DisplayNumber.short($0, digits: 2)) } ?? .missing
  }

  /// How to read the table.
  var note: String {
    let tests = tests
    let tested = tests.count { $0.comparison.p != nil }
    return "Over the seeds of which both series measured the metric: mean difference, its 95 % interval by a bootstrap "
      + "over the seeds, the half width by Student's t, which is the safer one for few seeds, and on how many seeds it was above, equal, "
      + "below. p is of the paired t-test. "
      + (tested == 1
        ? "One comparison was made."
        : "\(tested) comparisons were made: p (Holm) is adjusted for all of them. If every one of them below 0.05 is called a "
          + "difference, the chance that any is a false alarm is at most 5 %.")
      + (tested < tests.count ? " Where all seeds differ by the same amount, no test is possible." : "")
  }
}
