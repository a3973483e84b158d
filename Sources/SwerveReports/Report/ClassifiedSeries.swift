import SwerveRL
import SwerveRecords
import SwerveText

/// What the classifiers of a series made of one set of documents, at the steps that give their results.
struct ClassifiedSeries {
  let label: String
  let series: ReportData.Series
  let set: String
  /// In the order of the record.
  let rules: [String]
  /// The tree of labels; nil for records of an earlier swerve, which have no more than metrics.
  let input: ClassificationInput?
  /// Of the runs that have them and that have this tree.
  let details: [ClassificationDetails]

  /// - Parameter lines: of each run of the series.
  init?(_ series: ReportData.Series, set: String, lines: [[ClassificationLine]]) {
    let names = series.metrics.compactMap(HierarchyMetricName.init).filter { $0.set === set }
    rules = names.compactMap(\.rule).map(\.wrappedValue).distinct
    if rules.isEmpty { return nil }
    (label, self.series, self.set) = (series.label, series, set)
    func input(_ lines: [ClassificationLine]) -> ClassificationInput? {
      lines.lazy.compactMap { if case .input(let input) = $0.content { input } else { nil } }.first
    }
    let known = lines.lazy.compactMap(input).first
    self.input = known
    let anyRate = HierarchyMetricName(.f1, set: set, rule: rules[0]).text
    details = lines.enumerated().compactMap { run, lines in
      guard let known, let own = input(lines), own.labels == known.labels, own.parents == known.parents,
        let step = series.evaluations[run].after(anyRate)?.step
      else { return nil }
      return lines.lazy.compactMap { line in
        if case .details(let details, step) = line.content, details.set === set,
          details.truths.count == known.labels.count
        {
          details
        } else {
          nil
        }
      }.last
    }
  }

  /// The documents of each run, where the record says so.
  var documents: [Int] { details.map(\.documents).distinct.sorted() }

  /// The mean over seeds with Student's interval; of a single run its interval over documents, where the record has it.
  func estimate(_ metric: HierarchyMetric, rule: String, depth: Int? = nil) -> Estimate? {
    let name = HierarchyMetricName(metric, set: set, rule: metric.isOfProbabilities ? nil : rule, depth: depth)
    guard let found = series.after(name.text) else { return nil }
    guard series.runs.count == 1, let details = details.first else { return found }
    if let depth, metric == .depthAccuracy {
      let count = details.withDepth.indices.contains(depth - 1) ? details.withDepth[depth - 1] : 0
      return Estimate(
        value: found.value, rate: RateInterval(rate: Float(found.mean), count: count), runs: found.runs)
    }
    let own = details.rules.first { $0.name === rule }
    let interval = own?.intervals.first { $0.metric === metric.rawValue }.map {
      RateInterval(low: Double($0.low), high: Double($0.high), count: details.documents)
    }
    return Estimate(value: found.value, rate: interval, runs: found.runs)
  }

  /// What a rule did with each label, summed over the runs; nil where no record says.
  func counts(rule: String) -> [LabelCounts]? {
    guard let labels = input?.labels.count else { return nil }
    var counts = [LabelCounts](repeating: LabelCounts(), count: labels)
    var isKnown = false
    for details in details {
      guard let own = details.rules.first(where: { $0.name === rule }) else { continue }
      isKnown = true
      for label in counts.indices {
        counts[label].truths += details.truths[label]
        counts[label].predictions += own.predictions[label]
        counts[label].hits += own.hits[label]
      }
    }
    return isKnown ? counts : nil
  }

  /// The pairs of siblings that a rule confused, summed over the runs, the most frequent first.
  func confusions(rule: String) -> [SiblingConfusion] {
    var sums: [SiblingConfusion.Pair: Int] = [:]
    for confusion in details.flatMap({ $0.rules.first { $0.name === rule }?.confusions ?? [] }) {
      sums[confusion.pair, default: 0] += confusion.count
    }
    return sums.map { SiblingConfusion(pair: $0.key, count: $0.value) }.sorted {
      ($1.count, $0.pair.truth, $0.pair.prediction) < ($0.count, $1.pair.truth, $1.pair.prediction)
    }
  }

  /// The rule with the best hF1, the first of equal ones.
  var bestRule: String {
    var best: (rule: String, value: Double)?
    for rule in rules {
      guard let value = estimate(.f1, rule: rule)?.mean else { continue }
      if value > best?.value ?? -1 { best = (rule, value) }
    }
    return best?.rule ?? rules[0]
  }
}
