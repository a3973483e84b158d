import SwerveTensor

/// Probabilities of the labels of a tree from one logit for each label.
///
/// All arithmetic is in Double with `ExactDouble.exp`, so the same logits give the same bits on every machine. Sums run
/// over siblings in ascending order, and a label's probability is its parent's times its own, from the root down. Logits
/// are finite.
package struct LabelProbabilities: Sendable {
  /// What the logits stand for.
  package enum Kind: String, CaseIterable, Sendable {
    /// p = sigmoid(s) for each label by itself, for losses such as BCE and CHAMP. A child may be more probable than its
    /// parent.
    case sigmoid
    /// The softmax among siblings is the probability given the parent; p is the product along the path.
    case conditionalSoftmax = "conditional_softmax"
    /// sigmoid(s) is the probability given the parent; p is the product along the path.
    case conditionalSigmoid = "conditional_sigmoid"
    /// The softmax over the leaves; a label's p is the sum over the leaves below it. Logits of other labels do not
    /// matter.
    case leafSoftmax = "leaf_softmax"

    package var doc: String {
      switch self {
      case .sigmoid: "sigmoid(s); a child may be more probable than its parent"
      case .conditionalSoftmax: "the product along the path of the softmax of s among siblings"
      case .conditionalSigmoid: "the product along the path of sigmoid(s)"
      case .leafSoftmax:
        "of a leaf, the softmax of s over the leaves; of another label, the sum over the leaves below it"
      }
    }

    /// Whether no label is more probable than its parent.
    package var isCoherent: Bool { self != .sigmoid }
    /// Whether the children's probabilities add up to their parent's, the root's to 1.
    package var isNormalized: Bool { self == .conditionalSoftmax || self == .leafSoftmax }
  }

  package let kind: Kind
  package let tree: LabelTree

  package init(_ kind: Kind, _ tree: LabelTree) {
    self.kind = kind
    self.tree = tree
  }

  /// - Parameter logits: one for each label.
  /// - Returns: a probability for each label.
  package func row(_ logits: [Double]) -> [Double] {
    precondition(logits.count == tree.count, "\(logits.count) logits for \(tree.count) labels")
    switch kind {
    case .sigmoid:
      return logits.map(ExactDouble.sigmoid)
    case .conditionalSigmoid:
      return products(logits.map(ExactDouble.sigmoid))
    case .conditionalSoftmax:
      var conditional = logits
      for group in tree.siblingGroups { softmax(&conditional, over: group) }
      return products(conditional)
    case .leafSoftmax:
      var probabilities = logits
      softmax(&probabilities, over: tree.leaves)
      for label in tree.topDown.reversed() where !tree.isLeaf(label) {
        let children = tree.children[label]
        // Rounding may take a sum above 1.
        probabilities[label] = min(
          1, children.dropFirst().reduce(probabilities[children[0]]) { $0 + probabilities[$1] })
      }
      return probabilities
    }
  }

  package func row(_ logits: some Sequence<Float>) -> [Double] { row(logits.map(Double.init)) }

  /// One row of probabilities for each row of logits.
  /// - Parameter logits: (documents, labels).
  package func rows(_ logits: [Float]) -> [[Double]] {
    precondition(logits.count % tree.count == 0, "\(logits.count) logits are no rows of \(tree.count) labels")
    return stride(from: 0, to: logits.count, by: tree.count).map { row(logits[$0..<$0 + tree.count]) }
  }

  /// Replaces the logits of some labels by their softmax: e^(s - max s) over the sum of these. An only label gets 1
  /// exactly.
  private func softmax(_ values: inout [Double], over labels: [Int]) {
    let largest = labels.reduce(-Double.infinity) { max($0, values[$1]) }
    var sum = 0.0
    for label in labels {
      values[label] = ExactDouble.exp(values[label] - largest)
      sum += values[label]
    }
    for label in labels { values[label] /= sum }
  }

  private func products(_ conditional: [Double]) -> [Double] {
    var probabilities = conditional
    for label in tree.topDown {
      if let above = tree.parent[label] { probabilities[label] *= probabilities[above] }
    }
    return probabilities
  }
}

extension LabelTree {
  /// Probabilities that are at most their parent's: each is lowered to its parent's new one, from the root down.
  package func coherent(_ probabilities: [Double]) -> [Double] {
    var result = probabilities
    for label in topDown {
      if let above = parent[label] { result[label] = min(result[label], result[above]) }
    }
    return result
  }
}
