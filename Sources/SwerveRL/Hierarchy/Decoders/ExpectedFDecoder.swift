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
/// 1 up, the best one is chosen. No set is empty. Sizes are left out whose best sets are worth less by a bound.
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
    let roots = tree.roots.map { rank[$0] }
    let totals = depths.indices.map { depth in roots.reduce(0.0) { $0 + masses[$1 * depths.count + depth] } }
    // Found sets by their sizes, and a bound on the worth of the best set of each other size.
    var found: [Int: (worth: Double, ranks: [Int])] = [:]
    var bounds = [Double](repeating: .infinity, count: tree.count + 1)
    var best = 0.0
    var largest = tree.count
    var next: Int? = tree.depth[Ties.best(of: tree.leaves, probabilities)]
    while let size = next {
      var growth = Growth(masses, weights(size), children: childRanks, roots: roots)
      growth.grow(to: size)
      found[size] = (growth.worths[size], Array(growth.taken))
      best = max(best, growth.worths[size])
      largest = lastSize(atMost: largest) { bound($0, totals) >= best * (1 - Self.slack) }
      growth.grow(to: largest)
      for other in 1...largest { bounds[other] = min(bounds[other], bound(other, growth.worths[other], from: size)) }
      // The most promising of the sizes that may be as good as the best one.
      next = (1...largest).filter { found[$0] == nil && bounds[$0] >= best * (1 - Self.slack) }
        .max { bounds[$0] < bounds[$1] }
    }
    var (worth, ranks) = (0.0, [Int]())
    for size in found.keys.sorted() {
      guard let set = found[size], ranks.isEmpty || Ties.exceeds(set.worth, worth) else { continue }
      (worth, ranks) = set
    }
    return ranks.map { tree.topDown[$0] }.sorted()
  }

  /// Far above what ties and rounding do to a bound, and above the room that ties have.
  private static let slack = 1e-7

  /// What the leaves of each depth weigh for sets of a size.
  private func weights(_ size: Int) -> [Double] {
    let square = beta * beta
    return depths.map { (1 + square) / (Double(size) + square * Double($0)) }
  }

  /// What no set of this size or of a larger one exceeds: that of a set which has all labels above every leaf.
  /// - Parameter totals: the probability of the leaves of each depth.
  private func bound(_ size: Int, _ totals: [Double]) -> Double {
    zip(zip(totals, weights(size)), depths).reduce(0.0) { $0 + $1.0.0 * $1.0.1 * Double($1.1) }
  }

  /// The largest size for which something holds that holds for 1, and for no size above one for which it does not.
  private func lastSize(atMost most: Int, _ holds: (Int) -> Bool) -> Int {
    var (low, high) = (1, most)
    while low < high {
      let middle = (low + high + 1) / 2
      if holds(middle) { low = middle } else { high = middle - 1 }
    }
    return low
  }

  /// What no set of a size exceeds, from what the best one of this size is worth by the weights of another size: the
  /// weights of a depth d differ by the factor (other + b² d) / (size + b² d), which is largest at one end of the depths.
  private func bound(_ size: Int, _ worth: Double, from other: Int) -> Double {
    let depth = beta * beta * Double(depths[size > other ? depths.count - 1 : 0])
    return worth * (Double(other) + depth) / (Double(size) + depth)
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
}

/// Takes the labels that are worth most, one after the other.
private struct Growth {
  let masses: [Double]
  let weights: [Double]
  let children: [[Int]]
  /// The labels that were taken, by rank.
  private(set) var taken: [Int] = []
  /// What the first labels that were taken are worth together, by their number from 0 on.
  private(set) var worths = [0.0]
  /// The labels that may be taken next: the one that is worth most is last, and of equal ones that of the lowest rank.
  private var frontier: [(worth: Double, rank: Int)] = []

  init(_ masses: [Double], _ weights: [Double], children: [[Int]], roots: [Int]) {
    self.masses = masses
    self.weights = weights
    self.children = children
    frontier = roots.map { (worth($0), $0) }.sorted { Self.isBefore($0, $1) }
  }

  mutating func grow(to size: Int) {
    while taken.count < size {
      let (worth, rank) = frontier.remove(at: best())
      taken.append(rank)
      worths.append(worths[worths.count - 1] + worth)
      for child in children[rank] { add(child) }
    }
  }

  private static func isBefore(_ a: (worth: Double, rank: Int), _ b: (worth: Double, rank: Int)) -> Bool {
    a.worth == b.worth ? a.rank > b.rank : a.worth < b.worth
  }

  private func worth(_ rank: Int) -> Double {
    weights.indices.reduce(0.0) { $0 + masses[rank * weights.count + $1] * weights[$1] }
  }

  private mutating func add(_ rank: Int) {
    let new = (worth: worth(rank), rank: rank)
    var (low, high) = (0, frontier.count)
    while low < high {
      let middle = (low + high) / 2
      if Self.isBefore(frontier[middle], new) { low = middle + 1 } else { high = middle }
    }
    frontier.insert(new, at: low)
  }

  /// Where the label is that a scan of all by rank ends with.
  private func best() -> Int {
    // Whatever is worth clearly less than the labels above it can't keep one of them from being taken.
    let last = frontier.count - 1
    var first = last
    while first > 0, !Ties.exceeds(frontier[first].worth, frontier[first - 1].worth) { first -= 1 }
    if frontier[first].worth == frontier[last].worth { return last }
    let tied = (first...last).sorted { frontier[$0].rank < frontier[$1].rank }
    return tied.dropFirst().reduce(tied[0]) { best, place in
      Ties.exceeds(frontier[place].worth, frontier[best].worth) ? place : best
    }
  }
}
