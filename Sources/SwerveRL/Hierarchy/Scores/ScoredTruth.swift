/// The true sets of documents, and how many of their labels each depth has.
struct ScoredTruth: Sendable {
  let depths: Int
  private(set) var labels: [Int32] = []
  /// Where each document's labels end.
  private(set) var ends: [Int] = []
  /// (documents, depths): true labels up to each depth.
  private(set) var upToDepth: [Int32] = []
  private(set) var leaves: [Int32] = []

  init(_ tree: LabelTree) { depths = tree.deepest }

  var count: Int { ends.count }

  func labels(of document: Int) -> ArraySlice<Int32> {
    labels[(document == 0 ? 0 : ends[document - 1])..<ends[document]]
  }

  /// - Parameter set: closed and not empty.
  mutating func add(_ set: [Int], _ tree: LabelTree) {
    var counts = [Int32](repeating: 0, count: depths)
    for label in set {
      labels.append(Int32(label))
      counts[tree.depth[label] - 1] += 1
    }
    ends.append(labels.count)
    for depth in 1..<max(1, depths) { counts[depth] += counts[depth - 1] }
    upToDepth += counts
    leaves.append(Int32(set.count { tree.isLeaf($0) }))
  }

  mutating func append(_ other: ScoredTruth) {
    let start = labels.count
    labels += other.labels
    ends += other.ends.map { start + $0 }
    upToDepth += other.upToDepth
    leaves += other.leaves
  }
}
