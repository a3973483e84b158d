/// The closed set P of labels whose expected hF_beta is largest, if the document belongs to one leaf with the
/// probabilities of the leaves (Plaud et al. 2025, arXiv 2506.01552):
///
///     sum over leaves l of p(l) (1 + b²) |P ∩ path(l)| / (|P| + b² depth(l)),  b = beta
///
/// The root is in no set. A common factor of all p does not matter, so these need not add up to 1.
///
/// For each size k, a label v is worth D_k(v), the sum over the leaves l below it of p(l) (1 + b²) / (k + b² depth(l)).
/// The k labels that are worth most are the best closed set of this size: they are taken one by one from the children of
/// the root and of labels that were taken, scanned by depth, then by number. Of the best sets of all sizes, scanned from
/// 1 up, the best one is chosen. No set is empty.
///
/// Order of sums: the leaves below a label are added for each depth of leaves by itself, from the leaves up and children in
/// ascending order; then the depths are added from the least. A set's worth is added in the order in which labels were
/// taken.
package struct ExpectedFDecoder: LabelDecoder {
  let tree: LabelTree
  let beta: Double
  /// The depths that leaves have, ascending.
  private let depths: [Int]
  /// For each leaf, where its depth is in `depths`.
  private let depthOfLeaf: [Int]
  /// Where each label is in `tree.topDown`.
  private let rank: [Int]
  /// The ranks of each label's children, ascending, by the label's rank.
  private let childRanks: [[Int]]

  /// - Parameter beta: above 0; how much more recall counts than precision.
  package init(_ tree: LabelTree, beta: Double = 1) {
    self.tree = tree
    self.beta = beta
    let depths = Set(tree.leaves.map { tree.depth[$0] }).sorted()
    self.depths = depths
    depthOfLeaf = (0..<tree.count).map { label in depths.firstIndex(of: tree.depth[label]) ?? 0 }
    var rank = [Int](repeating: 0, count: tree.count)
    for (place, label) in tree.topDown.enumerated() { rank[label] = place }
    self.rank = rank
    // Children have one depth, so that their ranks ascend as their numbers do.
    childRanks = tree.topDown.map { tree.children[$0].map { rank[$0] } }
  }

  package func labels(_ probabilities: [Double]) -> [Int] {
    let masses = masses(probabilities)
    let square = beta * beta
    var growth = Growth(masses: masses, depths: depths.count, children: childRanks, roots: tree.roots.map { rank[$0] })
    var best: (worth: Double, ranks: [Int])?
    for size in 1...tree.count {
      let weights = depths.map { (1 + square) / (Double(size) + square * Double($0)) }
      if let best, bound(weights, masses) < best.worth { break }
      let worth = growth.grow(to: size, weights)
      if best.map({ Ties.exceeds(worth, $0.worth) }) ?? true { best = (worth, growth.taken) }
    }
    return (best?.ranks ?? []).map { tree.topDown[$0] }.sorted()
  }

  /// The probability of the leaves of each depth below each label: by the label's rank, then by `depths`.
  private func masses(_ probabilities: [Double]) -> [Double] {
    let stride = depths.count
    var masses = [Double](repeating: 0, count: tree.count * stride)
    for rank in (0..<tree.count).reversed() {
      let label = tree.topDown[rank]
      if childRanks[rank].isEmpty { masses[rank * stride + depthOfLeaf[label]] = probabilities[label] }
      for child in childRanks[rank] {
        for depth in 0..<stride { masses[rank * stride + depth] += masses[child * stride + depth] }
      }
    }
    return masses
  }

  /// What no set of this size or of a larger one exceeds: that of a set which has all labels above every leaf.
  private func bound(_ weights: [Double], _ masses: [Double]) -> Double {
    var bound = 0.0
    for root in tree.roots {
      for (index, depth) in depths.enumerated() {
        bound += masses[rank[root] * depths.count + index] * weights[index] * Double(depth)
      }
    }
    return bound
  }
}

/// Takes the labels that are worth most, one after the other; its arrays are used again for the next size.
private struct Growth {
  let masses: [Double]
  let depths: Int
  let children: [[Int]]
  let roots: [Int]
  private(set) var taken: [Int] = []
  /// The labels that may be taken next, by rank, and what each is worth.
  private var frontier: [Int] = []
  private var worths: [Double] = []

  init(masses: [Double], depths: Int, children: [[Int]], roots: [Int]) {
    self.masses = masses
    self.depths = depths
    self.children = children
    self.roots = roots
  }

  /// - Returns: what the labels are worth together.
  mutating func grow(to size: Int, _ weights: [Double]) -> Double {
    taken.removeAll(keepingCapacity: true)
    frontier.removeAll(keepingCapacity: true)
    worths.removeAll(keepingCapacity: true)
    add(roots, weights)
    var total = 0.0
    while taken.count < size {
      var best = 0
      for place in frontier.indices.dropFirst() where Ties.exceeds(worths[place], worths[best]) { best = place }
      total += worths.remove(at: best)
      let rank = frontier.remove(at: best)
      taken.append(rank)
      add(children[rank], weights)
    }
    return total
  }

  private mutating func add(_ ranks: [Int], _ weights: [Double]) {
    for rank in ranks {
      var worth = 0.0
      for depth in 0..<depths { worth += masses[rank * depths + depth] * weights[depth] }
      var (low, high) = (0, frontier.count)
      while low < high {
        let middle = (low + high) / 2
        if frontier[middle] < rank { low = middle + 1 } else { high = middle }
      }
      frontier.insert(rank, at: low)
      worths.insert(worth, at: low)
    }
  }
}
