import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// What `swerve report` writes: one page that needs no network and no JavaScript. Every number is also in a table.
package struct Report {
  private let data: ReportData
  private let title: String
  private let question: String
  /// A line for each run that was given more than once, under any name.
  package let notes: [String]

  /// - Parameter paths: run folders, and folders of them, such as a sweep's.
  /// - Throws: RecordError or FileError for a path that is not a run, and for a record that was edited.
  package init(_ paths: [String]) throws {
    let found = try paths.flatMap(Self.runs)
    for run in found {
      if let chainBreak = run.chainBreak { throw RecordError.chainBroken(path: run.folder.metrics, chainBreak) }
    }
    let distinct = DistinctRuns(found)
    notes = distinct.notes
    data = ReportData(distinct.runs)
    title = data.runs.map(\.manifest.name).distinct.joined(separator: ", ")
    question = try data.runs.first.map(Self.question) ?? ""
  }

  /// A run, or the runs of a folder of them.
  private static func runs(_ path: String) throws -> [RecordedRun] {
    if POSIXFile.kind(path) == .folder, POSIXFile.kind(RunFolder(path: path).manifest) == nil {
      let members = try POSIXFile.list(path).map { Path.join(path, $0) }
        .filter { POSIXFile.kind(RunFolder(path: $0).manifest) == .file }
      if members.isEmpty { throw RecordError.notARun(path: path) }
      return try members.map { try RunReader.read($0) }
    }
    // A sweep writes a log next to each member's folder, and `report SWEEP/*` also names these logs.
    let isLog = path.start(before: ".log").map { POSIXFile.kind(RunFolder(path: $0).manifest) == .file } ?? false
    return isLog ? [] : [try RunReader.read(path)]
  }

  /// The comment at the start of the script.
  private static func question(_ run: RecordedRun) throws -> String {
    guard let script = try run.scriptCopies().first(where: { $0.path === run.manifest.script }) else { return "" }
    let text = String(decoding: script.bytes, as: UTF8.self)
    let lines = (text.rest(after: "\u{feff}") ?? text).pieces(at: "\n", omittingEmpty: false)
    let comment = lines.prefix { $0.beginsExactly(with: "--") }.map { line in
      String(line.unicodeScalars.drop { $0 == "-" }.drop { $0 == " " })
    }
    return comment.prefix { !$0.beginsExactly(with: "swerve ") }.joined(separator: " ")
  }

  /// The charts as files of their own: a name and the picture.
  package var charts: [(name: String, svg: String)] {
    (successCharts + criticalCharts + trainingCharts + certaintyCharts).map {
      ("\(Path.fileName($0.name.replacingExactly("/", with: "-"))).svg", $0.svg(withLegend: true))
    }
  }

  /// Whether a metric is a share of the episodes of an evaluation.
  private func isRate(_ name: String) -> Bool { MetricTable.isEvaluation(name, unit: .shareOfEpisodes) }

  private func charts(_ isWanted: (String) -> Bool) -> [ReportChart] {
    data.metrics(where: isWanted).compactMap { ReportChart($0, data.compared) }
  }

  private var successCharts: [ReportChart] { charts(isRate) }
  private var criticalCharts: [ReportChart] { charts { MetricTable.isEvaluation($0, unit: .probability) } }
  private var trainingCharts: [ReportChart] { charts { MetricTable.isShown($0, in: .chart) } }

  /// - Throws: RecordError or FileError for samples that can't be read.
  package func html() throws -> String {
    var body = "<h1>\(Markup.escaped(title))</h1>\n<p>\(Markup.escaped(question))</p>\n"
    body += "<h2>Results</h2>\n" + results() + unfinished() + duplicates() + comparisons()
    body += section("Success over the steps", successCharts, withLegend: true)
    body += section("Probability of the right character at critical tokens", criticalCharts)
    body += section("Training", trainingCharts)
    body += section("Certainty and weights of the tokens in the last update", certaintyCharts)
    body += (try samples()) + (try ReportProvenance(data).html())
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
      <title>\(Markup.escaped(title))</title>
      <style>
      \(ReportText.styles)
      </style></head><body><main>
      \(body)</main></body></html>

      """
  }

  private var legend: String {
    "<p class=\"legend\">"
      + data.compared.enumerated().map {
        "<span><i class=\"key k\(SVGCanvas.style(ofColor: $0))\"></i>"
          + "\(Markup.escaped($1.label))</span>"
      }.joined() + "</p>\n"
  }

  private func section(_ name: String, _ charts: [ReportChart], withLegend: Bool = false) -> String {
    if charts.isEmpty { return "" }
    let figures = charts.map { chart in
      "<figure><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Chart of \(Markup.escaped(chart.name))\">"
        + "\(chart.svg())</div><details><summary>Numbers of \(Markup.escaped(chart.name))</summary>"
        + ReportText.table(chart.table) + "</details></figure>\n"
    }
    return "<h2>\(Markup.escaped(name))</h2>\n" + seedsNote + legend
      + "<div class=\"charts\">\(figures.joined())</div>\n"
  }

  private var seedsNote: String {
    let counts = data.compared.map(\.runs.count)
    guard let least = counts.min(), let most = counts.max(), most > 1 else { return "" }
    let seeds = least == most ? "\(most)" : "\(least) to \(most)"
    return "<p class=\"soft\">Means over \(seeds) seeds with the 95 % interval of the mean.</p>\n"
  }

  /// A row for each rate and series, even if the series did not measure the rate.
  private func results() -> String {
    let compared = data.metrics(where: isRate)
    // Pre-training is not compared with fine-tuning, but what it measured is also shown.
    let others = data.uncompared.flatMap { series in series.metrics.filter(isRate).map { (metric: $0, series: series) }
    }
    if compared.isEmpty && others.isEmpty { return "<p>No evaluation was made.</p>\n" }
    let head = ["metric", "series", "before", "after", "seeds", "episodes", "mode", "steps"]
    let rows =
      compared.flatMap { metric in data.compared.map { row(metric, $0) } } + others.map { row($0.metric, $0.series) }
    return ReportText.table([head] + rows) + "<p class=\"soft\">With 95 % intervals: of a mean over seeds Student's "
      + "(±), of a rate of one seed over its episodes Wilson's [low, high].</p>\n"
  }

  private func row(_ metric: String, _ series: ReportData.Series) -> [String] {
    let measuring = series.evaluations.filter { $0.metrics.containsExactly(metric) }
    func all(_ texts: [String?]) -> String {
      texts.isEmpty ? "-" : texts.map { $0 ?? "-" }.distinct.joined(separator: "; ")
    }
    let ends = series.evaluations.compactMap { $0.after(metric)?.step }.distinct.sorted().map(String.init)
    // The step is shown if it is not the last planned step.
    let isEnd = measuring.allSatisfy { $0.after(metric)?.step == $0.stage.steps }
    let place = isEnd ? "" : " (step \(ends.joined(separator: ", ")))"
    return [
      metric, series.label, series.before(metric).map { ReportText.interval($0) } ?? "-",
      series.after(metric).map { ReportText.interval($0) + place } ?? "-", "\(measuring.count)",
      all(measuring.map { $0.episodes(metric).map(String.init) }), all(measuring.map(\.mode)),
      series.lastSteps.map(String.init).joined(separator: ", "),
    ]
  }

  private func unfinished() -> String {
    let count = data.unfinished.count
    if count == 0 || count == data.runs.count { return "" }
    return "<p class=\"soft\">\(count) of \(data.runs.count) runs did not end and are left out.</p>\n"
  }

  private func duplicates() -> String {
    notes.map { "<p class=\"soft\">\(Markup.escaped($0)).</p>\n" }.joined()
  }

  /// Compares every series with the first one, seed by seed, over the seeds for which both measured the metric. It
  /// compares the values at the end, and the means over the evaluations after the first one, because at the first one
  /// both have the same weights.
  private func comparisons() -> String {
    guard let base = data.compared.first else { return "" }
    let metrics = data.metrics(where: isRate)
    let rows = data.compared.dropFirst().flatMap { other in
      metrics.flatMap { metric in
        [
          ("at the end", other.differences(at: metric, from: base)),
          ("mean of the evaluations after step 0", other.meanDifferences(of: metric, from: base)),
        ].compactMap { Self.row("\(other.label) − \(base.label)", metric, $0, $1) }
      }
    }
    if rows.isEmpty { return "" }
    return
      "<h2>Paired by seed</h2>\n<p class=\"soft\">Over the seeds of which both series measured the metric: mean difference, its "
      + "95 % interval by a bootstrap over the seeds, the half width by Student's t, which is the safer one for few seeds, and on "
      + "how many seeds it was above, equal, below.</p>\n"
      + ReportText.table([["difference", "metric", "when", "seeds", "mean", "bootstrap", "Student", "wins"]] + rows)
  }

  private static func row(_ name: String, _ metric: String, _ place: String, _ pairs: [Double]) -> [String]? {
    guard let comparison = PairedComparison(differences: pairs) else { return nil }
    return [
      name, metric, place, "\(pairs.count)", ReportText.signed(comparison.mean),
      "[\(ReportText.signed(comparison.low)), \(ReportText.signed(comparison.high))]",
      SeedMean(pairs)?.halfWidth.map { "± " + ReportText.number($0) } ?? "-",
      "\(comparison.wins) : \(comparison.ties) : \(comparison.losses)",
    ]
  }

  private var certaintyCharts: [ReportChart] {
    ["certainty", "weight"].compactMap { ReportChart(quantilesOf: $0, data.compared) }
  }

  private func samples() throws -> String {
    var html = ""
    var (hasProbabilities, hasWeights) = (false, false)
    for series in data.compared {
      guard let run = series.runs.first, let samples = try ReportSamples(run, stage: series.stage) else { continue }
      html +=
        "<h3>\(Markup.escaped(series.label)), seed \(run.manifest.inputs.seed), step \(samples.step)</h3>\n"
        + samples.html()
      if samples.samples.contains(where: { !$0.policy.isEmpty }) { hasProbabilities = true }
      if samples.samples.contains(where: { !$0.weights.isEmpty }) { hasWeights = true }
    }
    if html.isEmpty { return "" }
    // Pre-training has no data about single tokens.
    if !hasProbabilities && !hasWeights { return "<h2>Samples</h2>\n" + html }
    let surprise =
      hasProbabilities
      ? ", and by how surprising the token was to the policy and to the reference (full at a probability of 1 in 1000)"
      : "; these records hold no probabilities"
    return
      "<h2>Samples</h2>\n<p class=\"soft\">Shaded by the weight of the KL penalty at each token (full at 1)\(surprise). "
      + "Hover for numbers.</p>\n" + html
  }
}
