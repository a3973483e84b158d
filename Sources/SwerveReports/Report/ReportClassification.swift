import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// The part of a report about classifiers: loss by inference rule by metric, and where they go wrong.
struct ReportClassification {
  private struct Part {
    let set: String
    let members: [ClassifiedSeries]
    let tables: ClassificationTables
    let curve: ThresholdChart?
    let depths: [ReportChart]
    let views: [View]
  }

  /// Of one series with its best rule.
  private struct View {
    let member: ClassifiedSeries
    let rule: String
    let tree: LabelTreeView
    let confusions: ReportTable?
  }

  private let parts: [Part]
  private static let finalSet = "test"
  /// So many rows are shown.
  private static let mostRows = 20

  /// - Throws: FileError for a record that was changed after it was written.
  init(_ series: [ReportData.Series]) throws {
    let lines = try series.map { series in
      try series.runs.map { run in try ClassificationLine.read(run.folder).filter { $0.stage === series.stage } }
    }
    let known = series.flatMap(\.metrics).compactMap(HierarchyMetricName.init).map(\.set).distinct
    // What was kept for the end is looked for first.
    let sets = known.filter { $0 === Self.finalSet } + known.filter { $0 !== Self.finalSet }
    parts = sets.enumerated().map { number, set in
      let members = zip(series, lines).compactMap { ClassifiedSeries($0, set: set, lines: $1) }
      return Part(
        set: set, members: members, tables: ClassificationTables(members, set: set),
        curve: ThresholdChart(members, set: set), depths: Self.depths(members, set: set),
        views: members.enumerated().compactMap { index, member in
          Self.view(member, id: "tree-\(number + 1)-\(index + 1)")
        })
    }
  }

  var isEmpty: Bool { parts.isEmpty }

  /// Every table, for files.
  var tables: [ReportTable] {
    parts.flatMap { part in
      part.tables.shown + part.tables.folded + [part.curve?.table].compactMap { $0 } + part.depths.map { $0.table() }
        + part.views.flatMap { [$0.tree.table()] + [$0.confusions].compactMap { $0 } }
    }
  }

  /// The tables of the page, for its rules.
  var shownTables: [ReportTable] {
    parts.flatMap { part in
      part.tables.shown + part.tables.folded + [part.curve?.table].compactMap { $0 } + part.depths.map { $0.table() }
        + part.views.flatMap { [$0.tree.table(most: Self.mostRows)] + [$0.confusions].compactMap { $0 } }
    }
  }

  /// The pictures as files of their own.
  var charts: [(name: String, svg: String)] {
    parts.flatMap { part in
      (part.curve.map { [($0.name, $0.svg(withLegend: true))] } ?? [])
        + part.depths.map { ($0.name, $0.svg(withLegend: true)) }
    }
  }

  func html() -> String { parts.map(html).joined() }

  private func html(_ part: Part) -> String {
    let counts = part.members.flatMap(\.documents).distinct.sorted().map(String.init).joined(separator: ", ")
    let size = counts.isEmpty ? "" : ", \(counts) documents"
    var html = "<h2>Classification of \(Markup.escaped(part.set))\(size)</h2>\n" + Self.soft(note(part))
    html += part.tables.shown.map { $0.html(isCopyable: true) }.joined()
    html +=
      "<details><summary>More metrics, and all of them by series and rule</summary>"
      + part.tables.folded.map { $0.html() }.joined() + "</details>\n"
    if part.views.count < part.members.count {
      html += Self.soft(
        "Records of an earlier swerve have no counts of labels: their curves, trees and confusions are missing.")
    }
    let figures =
      [part.curve.map { Self.figure($0.name, $0.svg(), $0.table) }].compactMap { $0 }
      + part.depths.map { Self.figure($0.name, $0.svg(), $0.table()) }
    if !figures.isEmpty {
      let labels = part.members.count == 1 ? part.members[0].rules : part.members.map(\.label)
      html += "<h3>hP over hR, and accuracy by depth</h3>\n" + Self.legend(labels)
      html += "<div class=\"charts\">" + figures.joined() + "</div>\n"
    }
    return html + part.views.map { self.html($0, isAlone: part.members.count == 1) }.joined()
  }

  private static func figure(_ name: String, _ svg: String, _ table: ReportTable) -> String {
    "<figure>\(svg)<details><summary>Numbers of \(Markup.escaped(name))</summary>" + table.html()
      + "</details></figure>\n"
  }

  /// - Parameter isAlone: of one series, whose name says nothing.
  private func html(_ view: View, isAlone: Bool) -> String {
    let name = isAlone ? "" : " of \(Markup.escaped(view.member.label))"
    let seeds = view.member.details.count
    let sum = seeds > 1 ? "; documents are summed over \(seeds) runs" : ""
    return "<details\(isAlone ? " open" : "")><summary><b>Where labels go wrong\(name)</b>, by the rule "
      + "\(Markup.escaped(view.rule)), which has the best hF1\(sum)</summary>\n"
      + Self.soft(
        "Shaded: the share of a label's documents that miss it. Lost below: documents that are right here and wrong one level "
          + "down. The page's search unfolds what it finds in most browsers.")
      + view.tree.html() + "<h3>Most missed labels</h3>\n" + view.tree.table(most: Self.mostRows).html()
      + (view.confusions.map { "<h3>Confused siblings</h3>\n" + $0.html() } ?? "") + "</details>\n"
  }

  private func note(_ part: Part) -> String {
    let seeds = part.members.map { $0.series.seeds.count }
    let isSingle = seeds.allSatisfy { $0 == 1 }
    let interval =
      isSingle
      ? "With 95 % intervals by a bootstrap over documents, where the record has them."
      : "Means over seeds with Student's 95 % interval (±); of a single run the bootstrap over documents."
    return interval + " Bold: the best of its column. docs/metrics.md has every formula."
  }

  private static func soft(_ text: String) -> String { "<p class=\"soft\">\(Markup.escaped(text))</p>\n" }

  private static func legend(_ labels: [String]) -> String {
    "<p class=\"legend\">"
      + labels.enumerated().map {
        "<span><i class=\"key k\(SVGCanvas.style(ofColor: $0))\"></i>\(Markup.escaped($1))</span>"
      }.joined() + "</p>\n"
  }

  // MARK: Parts

  /// Of one series a chart with a line for each rule; of several, a chart for each rule.
  private static func depths(_ members: [ClassifiedSeries], set: String) -> [ReportChart] {
    func points(_ member: ClassifiedSeries, _ rule: String) -> [ReportChart.Point] {
      let depths = member.series.metrics.compactMap(HierarchyMetricName.init).filter {
        $0.metric == .depthAccuracy && $0.set === set && $0.rule?.wrappedValue === rule
      }.compactMap(\.depth)
      return depths.sorted().compactMap { depth in
        member.estimate(.depthAccuracy, rule: rule, depth: depth).map { ReportChart.Point(x: depth, value: $0) }
      }
    }
    func chart(_ name: String, _ lines: [(label: String, points: [ReportChart.Point])]) -> ReportChart? {
      ReportChart(name, across: "depth", lines, subtitle: "share of documents with a label there", within: 0...1)
    }
    if members.count == 1 {
      let member = members[0]
      return [
        chart("depth_accuracy/\(set)", member.rules.map { ($0, points(member, $0)) })
      ].compactMap { $0 }
    }
    return members.flatMap(\.rules).distinct.compactMap { rule in
      chart("depth_accuracy/\(set)/\(rule)", members.map { ($0.label, points($0, rule)) })
    }
  }

  private static func view(_ member: ClassifiedSeries, id: String) -> View? {
    let rule = member.bestRule
    guard let tree = LabelTreeView(member, rule: rule, id: id), let input = member.input,
      let counts = member.counts(rule: rule)
    else { return nil }
    func name(_ label: Int) -> String { input.labels[label].wrappedValue }
    let rows = member.confusions(rule: rule).prefix(mostRows).map { confusion -> [ReportTable.Cell] in
      let (truth, other) = (confusion.pair.truth, confusion.pair.prediction)
      let truths = counts[truth].truths
      return [
        .text(name(truth), link: "\(id)-\(truth)"), .text(name(other), link: "\(id)-\(other)"),
        .text(input.parents[truth].map(name) ?? "-"), .count(confusion.count), .count(truths),
        truths == 0
          ? .missing
          : .number(
            Double(confusion.count) / Double(truths),
            shown: ReportText.number(Double(confusion.count) / Double(truths))),
      ]
    }
    let table = ReportTable(
      name: "confusions-\(member.set)-\(id)",
      columns: ["true label", "predicted instead", "below", "documents", "of", "share"], rows: Array(rows))
    return View(member: member, rule: rule, tree: tree, confusions: rows.isEmpty ? nil : table)
  }
}
