import SwerveFiles
import SwerveRecords
import SwerveText

/// What `swerve report` writes: one page that needs no network and no JavaScript. Every number is also in a table.
package struct Report {
  private let data: ReportData
  private let comparison: ReportComparison
  private let results: ReportResults
  private let classification: ReportClassification
  private let sections: ReportSections
  private let provenance: ReportProvenance
  private let title: String
  private let question: String
  /// A line for each run that was given more than once, under any name.
  package let notes: [String]

  /// - Parameter paths: run folders, and folders of them, such as a sweep's.
  /// - Throws: RecordError or FileError for a path that is not a run, and for a record that was edited; UsageError for a
  ///   name in the question that no run has.
  package init(_ paths: [String], _ question: ReportQuestion = ReportQuestion()) throws {
    let found = try paths.flatMap(RunFolders.find).map { try RunReader.read($0.path) }
    for run in found {
      if let chainBreak = run.chainBreak { throw RecordError.chainBroken(path: run.folder.metrics, chainBreak) }
    }
    let distinct = DistinctRuns(found)
    notes = distinct.notes
    let options = distinct.runs.flatMap { ($0.manifest.inputs.options.members ?? []).map(\.key) }.distinct
    data = ReportData(distinct.runs, by: try RunGrouping(question.grouping, options: options))
    comparison = try ReportComparison(data, question)
    classification = try ReportClassification(comparison.series)
    results = ReportResults(data, comparison, hasClassification: !classification.isEmpty)
    sections = ReportSections(comparison, question)
    provenance = try ReportProvenance(distinct.runs)
    title = data.runs.map(\.manifest.name).distinct.joined(separator: ", ")
    self.question = try data.runs.first.map(Self.question) ?? ""
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
    (classification.charts + sections.charts.map { ($0.name, $0.svg(withLegend: true)) }).map { name, svg in
      ("\(Path.fileName(name.replacingExactly("/", with: "-"))).svg", svg)
    }
  }

  /// Every table as a file of comma-separated values and one of LaTeX: results, comparisons, and the numbers of each
  /// chart at every step.
  package var tables: [(name: String, text: String)] {
    (results.tables + classification.tables + sections.charts.map { $0.table() }).flatMap { table in
      [("\(table.name).csv", table.csv), ("\(table.name).tex", table.latex)]
    }
  }

  /// - Throws: RecordError or FileError for samples that can't be read.
  package func html() throws -> String {
    let body =
      "<h1>\(Markup.escaped(title))</h1>\n<p>\(Markup.escaped(question))</p>\n" + results.html(notes)
      + classification.html() + sections.html() + (try samples()) + provenance.html()
    let tables =
      results.tables + classification.shownTables + sections.charts.map { $0.table(most: 2) } + provenance.tables
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
      <title>\(Markup.escaped(title))</title>
      <style>
      \(ReportText.styles)\(classification.isEmpty ? "" : "\n" + LabelTreeView.styles)
      @media (min-width:701px){
      \(tables.map(\.wideRules).filter { !$0.isEmpty }.joined(separator: "\n"))
      }
      @media (min-width:1200px){
      \(tables.map(\.widestRules).filter { !$0.isEmpty }.joined(separator: "\n"))
      }
      @media (max-width:1100px){
      \(tables.map(\.narrowRules).joined(separator: "\n"))
      }
      </style></head><body><main>
      \(body)</main></body></html>

      """
  }

  private func samples() throws -> String {
    var html = ""
    var (hasProbabilities, hasWeights) = (false, false)
    for series in comparison.series {
      guard let run = series.runs.first, let samples = try ReportSamples(run, stage: series.stage) else { continue }
      html +=
        "<h3>\(Markup.escaped(series.label)), seed \(run.manifest.inputs.seed), step \(samples.step)</h3>\n"
        + samples.html()
      if samples.hasView("policy") { hasProbabilities = true }
      if samples.hasView("weight") { hasWeights = true }
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
