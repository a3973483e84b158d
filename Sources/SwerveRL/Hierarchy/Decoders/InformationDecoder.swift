import SwerveTensor

/// The path to the most probable node of those that say enough.
///
/// The information of a label is log2(leaves of the tree / leaves below the label), that of the root 0 bits. Of the nodes
/// that have enough, the root among them, the most probable one is chosen (Valmadre 2022, arXiv 2210.10929). Nodes are
/// scanned by depth, then by number; the root, whose path is empty, is the first.
package struct InformationDecoder: LabelDecoder {
  let tree: LabelTree
  let allowsRoot: Bool
  /// The labels with enough information, in the order of the scan.
  let candidates: [Int]

  /// - Parameter bits: the information that a node needs, 0 or more. A node that has it but for 1e-9 bits counts.
  package init(_ tree: LabelTree, bits: Double) {
    self.tree = tree
    let least = bits - 1e-9
    allowsRoot = least <= 0
    candidates = tree.topDown.filter { Self.information(of: $0, tree) >= least }
  }

  package static func information(of label: Int, _ tree: LabelTree) -> Double {
    ExactDouble.log2(Double(tree.leaves.count) / Double(tree.leafCount(below: label)))
  }

  /// Half of the information that a leaf has.
  package static func defaultBits(_ tree: LabelTree) -> Double { ExactDouble.log2(Double(tree.leaves.count)) / 2 }

  package func labels(_ probabilities: [Double]) -> [Int] {
    // Nothing is more probable than the root.
    if allowsRoot || candidates.isEmpty { return [] }
    return tree.path(to: Ties.best(of: candidates, probabilities)).sorted()
  }
}
