import SwerveFiles
import SwerveRL
import SwerveText

/// What a classifier says of a text: the part of the tree that it thinks of, with probabilities.
package struct ClassifiedText {
  private let tree: LabelTree
  private let text: String
  private let probabilities: [Double]
  /// What the inference rule decided.
  private let labels: [Int]
  private let isCut: Bool

  /// - Parameters:
  ///   - probabilities: one for each label.
  ///   - labels: rising.
  ///   - isCut: the classifier read only the beginning of the text.
  package init(_ tree: LabelTree, text: String, probabilities: [Double], labels: [Int], isCut: Bool) {
    (self.tree, self.text, self.probabilities) = (tree, text, probabilities)
    (self.labels, self.isCut) = (labels, isCut)
  }

  /// The text, and below it the labels that are at least as probable as `least`, or were decided: these with a star. Siblings
  /// are sorted by probability, the first label first where they are equal.
  package func tree(least: Double) -> String {
    var isDecided = [Bool](repeating: false, count: tree.count)
    for label in labels { isDecided[label] = true }
    // A label is shown for its own sake, or for one below it.
    var isShown = isDecided
    for label in tree.topDown.reversed() {
      if probabilities[label] >= least { isShown[label] = true }
      if isShown[label], let above = tree.parent[label] { isShown[above] = true }
    }
    var stack = sorted(tree.roots)
    var rows: [[String]] = []
    while let label = stack.popLast() {
      if !isShown[label] { continue }
      let name = String(repeating: "  ", count: tree.depth[label]) + tree.names[label]
      rows.append([name, DisplayNumber.fixed(probabilities[label], decimals: 3), isDecided[label] ? "*" : ""])
      stack += sorted(tree.children[label])
    }
    return text.replacingExactly("\n", with: " ") + (isCut ? "  (cut)" : "") + "\n" + TextTable.text(rows)
  }

  /// The least probable first.
  private func sorted(_ labels: [Int]) -> [Int] {
    labels.sorted { (probabilities[$0], -$0) < (probabilities[$1], -$1) }
  }

  /// text, cut, labels (what the rule decided), paths (from the root's child to each decided label without one below it), and
  /// probabilities of all labels by name.
  package var json: JSONValue {
    let inner = Set(labels.flatMap { tree.path(to: $0).dropLast() })
    let paths = labels.filter { !inner.contains($0) }.map { tree.path(to: $0).map { JSONValue.string(tree.names[$0]) } }
    return [
      "text": .string(text), "cut": .bool(isCut), "labels": .array(labels.map { .string(tree.names[$0]) }),
      "paths": .array(paths.map { .array($0) }),
      "probabilities": .object(
        tree.names.enumerated().map { JSONMember($1, .double(probabilities[$0])) }),
    ]
  }
}
