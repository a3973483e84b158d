/// What a decoder decided, column by column, so that many weightings of the documents are summed quickly. It has what the
/// metrics with an interval are made of.
struct ScoreColumns {
  typealias Fact = ScoredDecisions.Fact

  /// For each fact that these metrics need, a number for each document.
  let facts: [(fact: Fact, column: [Int32])]
  /// 1 for a document with a true leaf whose leaves are right.
  let leavesRight: [Int32]
  let f1: [Double]
  /// The predicted labels of each document, and which of them are true.
  private let cells: ArraySlice<ScoredDecisions.Cell>
  private let ends: [Int]

  init(_ scores: HierarchyScores, decoder: Int) {
    let (truth, decisions, documents) = (scores.truth, scores.decisions[decoder], scores.count)
    func fact(_ fact: Fact, _ document: Int) -> Int32 {
      decisions.facts[document * decisions.factsPerDocument + fact.rawValue]
    }
    facts = [Fact.predicted, .hits, .closed, .closedHits, .isExact].map { kind in
      (kind, (0..<documents).map { fact(kind, $0) })
    }
    leavesRight = (0..<documents).map { truth.leaves[$0] > 0 ? fact(.leavesAreRight, $0) : 0 }
    f1 = (0..<documents).map { document in
      ScoreSums.f1(
        closed: fact(.closed, document), hits: fact(.closedHits, document), truths: truth.labels(of: document).count)
    }
    cells = decisions.cells[...]
    ends = decisions.cellEnds
  }

  /// How often each label is predicted, and rightly so, where documents count as often as these weights say.
  func addLabels(_ weights: [Int32], to counts: inout [LabelCounts]) {
    counts.withUnsafeMutableBufferPointer { counts in
      cells.withUnsafeBufferPointer { cells in
        var start = 0
        for (end, weight) in zip(ends, weights) {
          if weight != 0 {
            for cell in cells[start..<end] {
              counts[cell.label].predictions &+= Int(weight)
              counts[cell.label].hits &+= cell.isHit ? Int(weight) : 0
            }
          }
          start = end
        }
      }
    }
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

/// What is true of documents, column by column: the same for all decoders.
struct TruthColumns {
  /// The sums of a weighting.
  struct Sums {
    let documents: Int
    let truths: Int
    let withLeaf: Int
    let area: Double
    /// With `truths` alone.
    let labels: [LabelCounts]
  }

  private let scores: HierarchyScores
  private let truths: [Int32]
  private let withLeaf: [Int32]

  init(_ scores: HierarchyScores) {
    self.scores = scores
    truths = (0..<scores.count).map { Int32(scores.truth.labels(of: $0).count) }
    withLeaf = scores.truth.leaves.map { $0 > 0 ? 1 : 0 }
  }

  /// - Parameter weights: how often each document counts.
  func sums(_ weights: [Int32]) -> Sums {
    var labels = [LabelCounts](repeating: LabelCounts(), count: scores.tree.count)
    for (document, weight) in weights.enumerated() where weight != 0 {
      for label in scores.truth.labels(of: document) { labels[Int(label)].truths += Int(weight) }
    }
    return Sums(
      documents: weights.reduce(0) { $0 + Int($1) }, truths: ScoreColumns.sum(weights, truths),
      withLeaf: ScoreColumns.sum(weights, withLeaf), area: ScoreColumns.sum(weights, scores.areas), labels: labels)
  }
}
