/// The longest path whose labels each beat everything that was passed over (Valmadre 2022, arXiv 2210.10929).
///
/// From the root, the most probable child is taken while no label that competed with it or with a label above it, as a
/// sibling, is more probable.
package struct PluralityDecoder: LabelDecoder {
  let tree: LabelTree

  package init(_ tree: LabelTree) { self.tree = tree }

  package func labels(_ probabilities: [Double]) -> [Int] {
    var path: [Int] = []
    var rival = 0.0
    var candidates = tree.roots
    while !candidates.isEmpty {
      let best = Ties.best(of: candidates, probabilities)
      for label in candidates where label != best { rival = max(rival, probabilities[label]) }
      if probabilities[best] < rival * (1 - Ties.room) { break }
      path.append(best)
      candidates = tree.children[best]
    }
    return path.sorted()
  }
}
