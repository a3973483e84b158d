/// One path: from the root, always the most probable child.
package struct TopDownDecoder: LabelDecoder {
  let tree: LabelTree
  /// The path ends before a child that is less probable.
  let threshold: Double

  /// - Parameter threshold: 0 goes on to a leaf; with a larger one the path may be empty.
  package init(_ tree: LabelTree, threshold: Double = 0) {
    self.tree = tree
    self.threshold = threshold
  }

  package func labels(_ probabilities: [Double]) -> [Int] {
    var path: [Int] = []
    var candidates = tree.roots
    while !candidates.isEmpty {
      let best = Ties.best(of: candidates, probabilities)
      if probabilities[best] < threshold { break }
      path.append(best)
      candidates = tree.children[best]
    }
    return path.sorted()
  }
}

/// The path to the most probable leaf.
package struct LeafDecoder: LabelDecoder {
  let tree: LabelTree

  package init(_ tree: LabelTree) { self.tree = tree }

  package func labels(_ probabilities: [Double]) -> [Int] {
    tree.path(to: Ties.best(of: tree.leaves, probabilities)).sorted()
  }
}
