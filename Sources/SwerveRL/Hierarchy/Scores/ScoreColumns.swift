/// What a decoder decided, column by column, so that many weightings of the documents are summed quickly. It has what the
/// metrics with an interval are made of.
struct ScoreColumns {
  typealias Fact = ScoredDecisions.Fact

  /// For each fact, in the order of `Fact.allCases`, a number for each document.
  let facts: [[Int32]]
  let truths: [Int32]
  /// 1 for a document with a true leaf.
  let withLeaf: [Int32]
  /// 1 for one of these whose leaves are right.
  let leavesRight: [Int32]
  let f1: [Double]
  let areas: [Double]
  /// Labels and where those of each document end: the true ones, the predicted ones, and those that are both.
  let trueLabels: Lists, predicted: Lists, hits: Lists

  struct Lists {
    private(set) var labels: [Int32] = []
    private(set) var ends: [Int] = []

    init(documents: Int, _ labels: (Int) -> some Sequence<Int32>) {
      for document in 0..<documents {
        self.labels += labels(document)
        ends.append(self.labels.count)
      }
    }

    /// How often each label of the tree is in the lists of documents that count as often as these weights say.
    func counts(_ weights: [Int32], of count: Int) -> [Int] {
      var counts = [Int](repeating: 0, count: count)
      counts.withUnsafeMutableBufferPointer { counts in
        labels.withUnsafeBufferPointer { labels in
          var start = 0
          for (end, weight) in zip(ends, weights) {
            if weight != 0 { for place in start..<end { counts[Int(labels[place])] &+= Int(weight) } }
            start = end
          }
        }
      }
      return counts
    }
  }

  init(_ scores: HierarchyScores, decoder: Int) {
    let (truth, decisions, documents) = (scores.truth, scores.decisions[decoder], scores.count)
    func fact(_ fact: Fact, _ document: Int) -> Int32 {
      decisions.facts[document * decisions.factsPerDocument + fact.rawValue]
    }
    let truths = (0..<documents).map { Int32(truth.labels(of: $0).count) }
    facts = Fact.allCases.map { kind in (0..<documents).map { fact(kind, $0) } }
    self.truths = truths
    withLeaf = truth.leaves.map { $0 > 0 ? 1 : 0 }
    leavesRight = (0..<documents).map { truth.leaves[$0] > 0 ? fact(.leavesAreRight, $0) : 0 }
    f1 = (0..<documents).map { document in
      ScoreSums.f1(closed: fact(.closed, document), hits: fact(.closedHits, document), truths: Int(truths[document]))
    }
    areas = scores.areas
    trueLabels = Lists(documents: documents) { truth.labels(of: $0) }
    predicted = Lists(documents: documents) { decisions.cells(of: $0).lazy.map { Int32($0.label) } }
    hits = Lists(documents: documents) { decisions.cells(of: $0).lazy.filter(\.isHit).map { Int32($0.label) } }
  }

  /// A whole sum, in any order.
  static func sum(_ weights: [Int32], _ column: [Int32]) -> Int {
    weights.withUnsafeBufferPointer { weights in
      column.withUnsafeBufferPointer { column in
        var sum = 0
        for index in 0..<weights.count { sum &+= Int(weights[index]) &* Int(column[index]) }
        return sum
      }
    }
  }

  /// Added in the order of the documents.
  static func sum(_ weights: [Int32], _ column: [Double]) -> Double {
    weights.withUnsafeBufferPointer { weights in
      column.withUnsafeBufferPointer { column in
        var sum = 0.0
        for index in 0..<weights.count { sum += Double(weights[index]) * column[index] }
        return sum
      }
    }
  }
}
