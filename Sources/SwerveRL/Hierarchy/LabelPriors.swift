import SwerveTensor

/// How often each label occurs among its siblings, as logit adjustment uses it (Menon et al. 2021, arXiv 2007.07314, among
/// the siblings of each set: Plaud et al. 2024, arXiv 2410.01305).
package struct LabelPriors: Sendable {
  /// nu(y | parent) = n(y) / sum of n over y and its siblings, for each label.
  package let shares: [Double]
  /// log nu, as the column `log_prior` has it.
  package let logs: [Float]
  /// The labels without documents, ascending. Each counts as if it had one.
  package let unseen: [Int]

  /// - Parameter counts: the number of documents that have each label.
  package init(_ tree: LabelTree, counts: [Int]) {
    precondition(counts.count == tree.count, "\(counts.count) counts for \(tree.count) labels")
    unseen = counts.indices.filter { counts[$0] == 0 }
    var shares = [Double](repeating: 0, count: tree.count)
    for group in tree.siblingGroups {
      let sum = group.reduce(0) { $0 + max(1, counts[$1]) }
      for label in group { shares[label] = Double(max(1, counts[label])) / Double(sum) }
    }
    self.shares = shares
    logs = shares.map { Float(ExactDouble.log($0)) }
  }

  /// - Parameter sets: the closed set of each document.
  package init(_ tree: LabelTree, documents sets: some Sequence<[Int]>) {
    var counts = [Int](repeating: 0, count: tree.count)
    for set in sets { for label in set { counts[label] += 1 } }
    self.init(tree, counts: counts)
  }

  /// tau log nu for each label: what is added to logits.
  package func adjustments(tau: Double) -> [Double] { shares.map { tau * ExactDouble.log($0) } }
}
