import SwerveFiles
import SwerveRL
import SwerveText

/// The tree of labels with what a rule made of each: documents, recall, precision, and at which label right paths went
/// on to a wrong child. Inner labels fold; the order of siblings is chosen without a script.
struct LabelTreeView {
  private let member: ClassifiedSeries
  private let rule: String
  private let input: ClassificationInput
  private let counts: [LabelCounts]
  private let children: [[Int]]
  private let roots: [Int]
  /// Of the elements of this tree on the page.
  private let id: String

  /// So many rows are shown before anything is unfolded.
  private static let mostOpen = 60

  /// The orders of siblings that a reader can choose: a word, and the property that has a smaller number for what comes first.
  private static let orders: [(word: String, property: String?)] = [
    ("the file", nil), ("misses", "--m"), ("documents", "--n"), ("recall", "--r"),
  ]

  /// Nil where no record has the counts.
  init?(_ member: ClassifiedSeries, rule: String, id: String) {
    guard let input = member.input, let counts = member.counts(rule: rule) else { return nil }
    (self.member, self.rule, self.input, self.counts, self.id) = (member, rule, input, counts, id)
    var children = [[Int]](repeating: [], count: counts.count)
    for (label, parent) in input.parents.enumerated() { if let parent { children[parent].append(label) } }
    self.children = children
    roots = input.parents.indices.filter { input.parents[$0] == nil }
  }

  /// The labels with the most misses, and every label for other programs.
  /// - Parameter most: of so many labels; nil: all, in the order of the file.
  func table(most: Int? = nil) -> ReportTable {
    let order = counts.indices.sorted { (misses($1), $0) < (misses($0), $1) }
    let labels = most.map { Array(order.prefix($0)) } ?? Array(counts.indices)
    return ReportTable(
      name: "labels-\(member.set)-\(id)",
      columns: ["label", "below", "documents", "predicted", "right", "missed", "recall", "precision", "F1"],
      rows: labels.map { label in
        let own = counts[label]
        return [
          .text(name(label), link: "\(id)-\(label)"), .text(input.parents[label].map(name) ?? "-"), .count(own.truths),
          .count(own.predictions), .count(own.hits), .count(misses(label)), Self.cell(recall(label)),
          Self.cell(precision(label)), Self.cell(own.f1),
        ]
      })
  }

  func html() -> String {
    let controls = Self.orders.enumerated().map { number, order in
      "<input type=\"radio\" name=\"\(id)-order\" id=\"\(id)-order-\(number)\" class=\"o\(number)\""
        + "\(number == 0 ? " checked" : "")><label for=\"\(id)-order-\(number)\">\(order.word)</label>"
    }.joined()
    return "<div class=\"tree\"><span class=\"soft\">Siblings in the order of: </span>\(controls)\n"
      + "<div class=\"kids\"><div class=\"node head\"><span class=\"name\">label</span>\(Self.head)</div>"
      + rows(roots, levels: openLevels) + "</div></div>\n"
  }

  /// A document that has the label, but did not get it.
  private func misses(_ label: Int) -> Int { counts[label].truths - counts[label].hits }

  private func name(_ label: Int) -> String { input.labels[label].wrappedValue }

  private func recall(_ label: Int) -> Double? { Self.share(counts[label].hits, counts[label].truths) }

  private func precision(_ label: Int) -> Double? { Self.share(counts[label].hits, counts[label].predictions) }

  private static func share(_ part: Int, _ whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }

  /// Documents that got this label rightly, but not the right one below it; nil for a leaf, and where documents end here or
  /// have several labels below it.
  private func lost(_ label: Int) -> Int? {
    let below = children[label]
    if below.isEmpty || counts[label].truths != below.reduce(0, { $0 + counts[$1].truths }) { return nil }
    return counts[label].hits - below.reduce(0) { $0 + counts[$1].hits }
  }

  /// How many levels can be open without too many rows.
  private var openLevels: Int {
    var (level, rows, levels) = (roots, roots.count, 1)
    while true {
      let next = level.flatMap { children[$0] }
      rows += next.count
      if next.isEmpty || rows > Self.mostOpen { return levels }
      level = next
      levels += 1
    }
  }

  private func rows(_ labels: [Int], levels: Int) -> String {
    // Without recursion for chains, because a tree of a hostile record may be deep.
    var html = ""
    var stack: [(label: Int?, levels: Int)] = labels.reversed().map { ($0, levels) }
    while let (label, levels) = stack.popLast() {
      guard let label else {
        html += "</div></details>\n"
        continue
      }
      if children[label].isEmpty {
        html += "<div \(attributes(label))>\(content(label))</div>\n"
        continue
      }
      html += "<details \(attributes(label))\(levels > 1 ? " open" : "")><summary>\(content(label))</summary>"
      html += "<div class=\"kids\">\n"
      stack.append((nil, 0))
      stack += children[label].reversed().map { ($0, levels - 1) }
    }
    return html
  }

  private func attributes(_ label: Int) -> String {
    let own = counts[label]
    // A label without documents has no recall, and comes last.
    let place = Int(((recall(label) ?? 2) * 10_000).rounded())
    return "class=\"node\" id=\"\(id)-\(label)\" style=\"--m:\(-misses(label));--n:\(-own.truths);--r:\(place)\""
  }

  private func content(_ label: Int) -> String {
    let own = counts[label]
    func bar(_ name: String, _ share: Double?) -> String {
      guard let share else { return "<span class=\"bar\">-</span>" }
      let text = DisplayNumber.fixed(share, decimals: 3)
      return "<span class=\"bar\" style=\"--v:\(text)\" title=\"\(name) \(text)\">\(text)</span>"
    }
    let wrong = Self.share(misses(label), own.truths) ?? 0
    return "<span class=\"name\" style=\"--w:\(DisplayNumber.fixed(wrong, decimals: 2))\">"
      + "\(Markup.escaped(name(label)))</span><span>\(own.truths)</span><span>\(misses(label))</span>"
      + bar("recall", recall(label)) + bar("precision", precision(label))
      + "<span>\(lost(label).map(String.init) ?? "")</span>"
  }

  private static let head =
    "<span>documents</span><span>missed</span><span>recall</span><span>precision</span><span>lost below</span>"

  private static func cell(_ share: Double?) -> ReportTable.Cell {
    share.map { .number($0, shown: ReportText.number($0)) } ?? .missing
  }

  /// Rules for all trees of a page.
  static let styles = """
    details+.table,details+details{margin-top:.75rem}
    .tree{font-size:.9rem;font-variant-numeric:tabular-nums}.tree .kids{display:flex;flex-direction:column}
    .tree .kids .kids{margin-left:.5rem;padding-left:.6rem;border-left:1px solid var(--line)}
    .tree>label{margin-right:1em}.tree>input{margin:0 .3em 0 0}
    .node>summary,div.node{display:grid;grid-template-columns:minmax(8rem,1fr) repeat(5,5.5rem);gap:.5rem;padding:.1rem 0}
    .node>summary{list-style:none}.node>summary::-webkit-details-marker{display:none}
    .node>summary .name::before{content:"▸ ";color:var(--soft)}.node[open]>summary .name::before{content:"▾ "}
    .node span{text-align:right}.node .name{text-align:left;overflow-wrap:anywhere;padding:0 .3rem;
    background:rgba(var(--mark),calc(var(--w,0)*.5))}
    .node.head{color:var(--soft)}.node:target>summary,div.node:target{outline:2px solid var(--link)}
    .bar{background:linear-gradient(to right,rgba(var(--mark),.28) calc(var(--v,0)*100%),transparent 0)}
    \(orders.enumerated().compactMap { number, order in
      order.property.map { ".tree>.o\(number):checked~.kids .node:not(.head){order:var(\($0))}" }
    }.joined())
    .tree .node.head{order:-2147483648}
    @media (max-width:700px){.node>summary,div.node{grid-template-columns:repeat(5,1fr);gap:.1rem .4rem;font-size:.85rem}
    .node .name{grid-column:1/-1}.node.head span{overflow-wrap:anywhere;font-size:.75rem}
    .tree .kids .kids{margin-left:0;padding-left:.35rem}}
    """
}
