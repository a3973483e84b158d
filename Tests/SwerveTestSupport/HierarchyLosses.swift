import Foundation

/// Losses of hierarchical classification in Double with their gradients, in plain loops: what losses on the tape are
/// compared with. Each is the mean over documents of the document's loss.
package struct HierarchyLosses {
  package enum Kind: String, CaseIterable, Sendable {
    case bce, focal, csoft, la, csig, leaf, champ
  }

  package struct Result {
    package var loss: Double
    /// (documents, labels): the gradient with respect to the logits.
    package var gradient: [Double]
  }

  let parents: [Int?]
  /// The labels of each set of siblings.
  let siblings: [[Int]]
  let children: [[Int]]
  let leaves: [Int]

  package init(parents: [Int?]) {
    self.parents = parents
    children = parents.indices.map { label in parents.indices.filter { parents[$0] == label } }
    siblings = ([parents.indices.filter { parents[$0] == nil }] + children).filter { !$0.isEmpty }
    leaves = parents.indices.filter { [children] in children[$0].isEmpty }
  }

  private var count: Int { parents.count }

  /// - Parameters:
  ///   - logits: (documents, labels).
  ///   - sets: the closed set of each document.
  ///   - adjustments: what `la` adds to the logits: tau log nu for each label.
  ///   - beta: of CHAMP.
  ///   - gamma: of the focal loss; 0 is BCE.
  ///   - alpha: of the focal loss, the weight of labels that are there; nil: no weights.
  package func callAsFunction(
    _ kind: Kind, logits: [Double], sets: [[Int]], adjustments: [Double] = [], beta: Double = 0, gamma: Double = 2,
    alpha: Double? = nil
  ) -> Result {
    var result = Result(loss: 0, gradient: [])
    let documents = Double(sets.count)
    for (document, set) in sets.enumerated() {
      let row = Array(logits[document * count..<(document + 1) * count])
      let truth = parents.indices.map(set.contains)
      let one: Result
      switch kind {
      case .bce: one = focal(row, truth, gamma: 0, alpha: nil)
      case .focal: one = focal(row, truth, gamma: gamma, alpha: alpha)
      case .csoft: one = conditionalSoftmax(row, truth)
      case .la: one = conditionalSoftmax(zip(row, adjustments).map(+), truth)
      case .csig: one = conditionalSigmoid(row, truth)
      case .leaf: one = leafSoftmax(row, truth)
      case .champ: one = champ(row, truth, beta: beta)
      }
      result.loss += one.loss / documents
      result.gradient += one.gradient.map { $0 / documents }
    }
    return result
  }

  /// The mean over labels of -a (1 - p)^gamma log p, where p is the probability of what is so, and a is alpha for labels
  /// that are there, 1 - alpha for others (Lin et al. 2017, arXiv 1708.02002).
  private func focal(_ s: [Double], _ truth: [Bool], gamma: Double, alpha: Double?) -> Result {
    var result = Result(loss: 0, gradient: [])
    for (s, isTrue) in zip(s, truth) {
      let z = isTrue ? s : -s
      let p = sigmoid(z)
      let weight = alpha.map { isTrue ? $0 : 1 - $0 } ?? 1
      let rest = weight * pow(sigmoid(-z), gamma)
      result.loss += rest * softplus(-z) / Double(count)
      let slope = rest * (-gamma * p * softplus(-z) - sigmoid(-z))
      result.gradient.append((isTrue ? slope : -slope) / Double(count))
    }
    return result
  }

  /// The sum over true labels of -log of the softmax among siblings.
  private func conditionalSoftmax(_ s: [Double], _ truth: [Bool]) -> Result {
    var result = Result(loss: 0, gradient: [Double](repeating: 0, count: count))
    for group in siblings {
      let targets = group.filter { truth[$0] }
      if targets.isEmpty { continue }
      let total = logSumExp(group.map { s[$0] })
      for label in targets { result.loss += total - s[label] }
      for label in group {
        result.gradient[label] = Double(targets.count) * exp(s[label] - total) - (truth[label] ? 1 : 0)
      }
    }
    return result
  }

  /// BCE over the labels that are true or whose parent is true or the root.
  private func conditionalSigmoid(_ s: [Double], _ truth: [Bool]) -> Result {
    weightedSigmoid(s, truth) { label in parents[label].map { truth[$0] } ?? true ? 1 : 0 }
  }

  private func weightedSigmoid(_ s: [Double], _ truth: [Bool], weight: (Int) -> Double) -> Result {
    var result = Result(loss: 0, gradient: [Double](repeating: 0, count: count))
    for label in parents.indices {
      if truth[label] {
        result.loss += softplus(-s[label])
        result.gradient[label] = -sigmoid(-s[label])
      } else {
        result.loss += weight(label) * softplus(s[label])
        result.gradient[label] = weight(label) * sigmoid(s[label])
      }
    }
    return result
  }

  /// The sum over the ends of the true paths of -log of the share that the leaves below have of the softmax over leaves.
  private func leafSoftmax(_ s: [Double], _ truth: [Bool]) -> Result {
    var result = Result(loss: 0, gradient: [Double](repeating: 0, count: count))
    let total = logSumExp(leaves.map { s[$0] })
    for end in parents.indices where truth[end] && !children[end].contains(where: { truth[$0] }) {
      let below = leaves.filter { isAbove(end, $0) }
      let part = logSumExp(below.map { s[$0] })
      result.loss += total - part
      for leaf in leaves { result.gradient[leaf] += exp(s[leaf] - total) }
      for leaf in below { result.gradient[leaf] -= exp(s[leaf] - part) }
    }
    return result
  }

  /// BCE whose false labels weigh more the farther they are from every true one (Vaswani et al. 2022, arXiv 2206.08653).
  private func champ(_ s: [Double], _ truth: [Bool], beta: Double) -> Result {
    let largest = parents.indices.flatMap { a in parents.indices.map { distance(a, $0) } }.max() ?? 0
    return weightedSigmoid(s, truth) { label in
      let nearest = parents.indices.filter { truth[$0] }.map { distance(label, $0) }.min() ?? 0
      let share = largest == 0 ? 0 : Double(nearest) / Double(largest)
      return 1 + beta * ((share + 1) * (share + 1) - 1)
    }
  }

  private func path(_ label: Int) -> [Int] { (parents[label].map(path) ?? []) + [label] }
  private func isAbove(_ label: Int, _ other: Int) -> Bool { path(other).contains(label) }
  private func distance(_ a: Int, _ b: Int) -> Int {
    let (a, b) = (path(a), path(b))
    return a.count + b.count - 2 * zip(a, b).prefix { $0 == $1 }.count
  }

  private func sigmoid(_ x: Double) -> Double { x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }
  private func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
  private func logSumExp(_ values: [Double]) -> Double {
    let largest = values.max() ?? 0
    return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
  }
}
