/// Every label that is probable enough. With probabilities that are not coherent the set may not be closed.
package struct ThresholdDecoder: LabelDecoder {
  let threshold: Double

  package init(threshold: Double = 0.5) { self.threshold = threshold }

  package func labels(_ probabilities: [Double]) -> [Int] {
    probabilities.indices.filter { probabilities[$0] >= threshold }
  }
}

/// Every label that is probable enough, and whose ancestors all are: from the root down, all such children of the labels
/// that were taken.
package struct RecursiveThresholdDecoder: LabelDecoder {
  let tree: LabelTree
  let threshold: Double

  package init(_ tree: LabelTree, threshold: Double = 0.5) {
    self.tree = tree
    self.threshold = threshold
  }

  package func labels(_ probabilities: [Double]) -> [Int] {
    var taken: [Int] = []
    var candidates = tree.roots
    while let label = candidates.popLast() {
      if probabilities[label] < threshold { continue }
      taken.append(label)
      candidates += tree.children[label]
    }
    return taken.sorted()
  }
}
