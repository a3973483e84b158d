/// The metrics of some decoders over documents.
///
/// Documents are added one by one, or as parts that other threads scored: parts that are appended in the order of their
/// documents give the same bits as one after the other. Metrics are made of whole counts; means over documents are added in
/// the order of the documents, means over labels in the order of the labels.
package struct HierarchyScores: Sendable {
  package let tree: LabelTree
  /// The names of the decoders, all different.
  package let decoders: [String]
  /// The names that values have, in their order.
  package let names: [String]
  private(set) var truth: ScoredTruth
  private(set) var decisions: [ScoredDecisions]
  /// The area under the curve of each document.
  private(set) var areas: [Double] = []
  package private(set) var curve = ThresholdCurve()
  private var marks: LabelMarks

  package init(_ tree: LabelTree, decoders: [String]) {
    self.tree = tree
    self.decoders = decoders
    names = HierarchyMetric.names(tree)
    truth = ScoredTruth(tree)
    decisions = decoders.map { _ in ScoredDecisions(tree) }
    marks = LabelMarks(tree)
  }

  /// The number of documents.
  package var count: Int { truth.count }

  /// Adds a document.
  /// - Parameters:
  ///   - set: its true labels: a closed set, not empty.
  ///   - probabilities: one for each label.
  ///   - sets: what each decoder decided, in the order of `decoders`: labels, each once.
  package mutating func add(truth set: [Int], probabilities: [Double], decisions sets: [[Int]]) {
    precondition(!set.isEmpty && sets.count == decisions.count, "a document has labels, and a decision of each decoder")
    truth.add(set, tree)
    areas.append(PrecisionRecallArea.area(probabilities, truth: truth.labels(of: count - 1)))
    curve.add(probabilities, truth: truth.labels(of: count - 1), tree)
    for index in decisions.indices {
      decisions[index].add(sets[index], tree, truth, document: count - 1, &marks)
    }
  }

  /// Adds the documents of another part, whose tree and decoders are the same, after those of this one.
  package mutating func append(_ other: HierarchyScores) {
    precondition(other.decisions.count == decisions.count, "both parts have the same decoders")
    truth.append(other.truth)
    areas += other.areas
    curve.append(other.curve)
    for index in decisions.indices { decisions[index].append(other.decisions[index]) }
  }

  // MARK: Values

  /// The metrics of a decoder, in the order of `names`; nil for what can't be computed.
  /// - Parameters:
  ///   - decoder: its place in `decoders`.
  ///   - weights: how often each document counts; nil: once.
  package func values(decoder: Int, weights: [Int]? = nil) -> [Double?] {
    measured(decoder: decoder, weights: weights).map(\.value)
  }

  /// The same with the metric that each value is of, and the depth of those that have one for each depth.
  func measured(
    decoder: Int, weights: [Int]? = nil
  ) -> [(metric: HierarchyMetric, depth: Int?, value: Double?)] {
    var sums = ScoreSums(tree)
    for document in 0..<count {
      let weight = weights.map { $0[document] } ?? 1
      if weight != 0 { sums.add(decisions[decoder], truth, document: document, area: areas[document], weight: weight) }
    }
    return HierarchyMetric.allCases.flatMap { metric in
      sums.values(metric).enumerated().map { (metric, metric.isPerDepth ? $0 + 1 : nil, $1) }
    }
  }

  /// One metric of a decoder; nil if it can't be computed or if there is none of this name.
  package func value(_ name: String, decoder: Int) -> Double? {
    names.firstIndex { $0.utf8.elementsEqual(name.utf8) }.flatMap { values(decoder: decoder)[$0] }
  }

  /// For each depth from 1, the documents with a true label there.
  package var documentsWithDepth: [Int] {
    var counts = [Int](repeating: 0, count: tree.deepest)
    for document in 0..<count {
      var before: Int32 = 0
      for depth in 0..<tree.deepest {
        let upTo = truth.upToDepth[document * tree.deepest + depth]
        if upTo != before { counts[depth] += 1 }
        before = upTo
      }
    }
    return counts
  }

  /// The documents with a true leaf.
  package var documentsWithLeaf: Int { truth.leaves.count { $0 > 0 } }

  /// What a decoder did with each label.
  package func labelCounts(decoder: Int) -> [LabelCounts] {
    var counts = [LabelCounts](repeating: LabelCounts(), count: tree.count)
    for document in 0..<count {
      for label in truth.labels(of: document) { counts[Int(label)].truths += 1 }
      for cell in decisions[decoder].cells(of: document) {
        counts[cell.label].predictions += 1
        if cell.isHit { counts[cell.label].hits += 1 }
      }
    }
    return counts
  }

  /// How often a decoder predicted a label instead of a true sibling: the true label is not predicted, the other one is
  /// predicted and not true. The most frequent first, then by the true label, then by the other one.
  package func siblingConfusions(decoder: Int) -> [SiblingConfusion] {
    var counts: [SiblingConfusion.Pair: Int] = [:]
    for document in 0..<count {
      let cells = decisions[decoder].cells(of: document)
      let wrong = cells.filter { !$0.isHit }.map(\.label)
      if wrong.isEmpty { continue }
      let hits = Set(cells.filter(\.isHit).map(\.label))
      for label in truth.labels(of: document).map(Int.init) where !hits.contains(label) {
        for other in wrong where tree.parent[other] == tree.parent[label] {
          counts[SiblingConfusion.Pair(truth: label, prediction: other), default: 0] += 1
        }
      }
    }
    return counts.map { SiblingConfusion(pair: $0.key, count: $0.value) }.sorted {
      ($1.count, $0.pair.truth, $0.pair.prediction) < ($0.count, $1.pair.truth, $1.pair.prediction)
    }
  }
}

/// What a decoder did with a label, over documents.
package struct LabelCounts: Equatable, Sendable {
  package var truths = 0
  package var predictions = 0
  /// Documents for which the label is both.
  package var hits = 0

  package init(truths: Int = 0, predictions: Int = 0, hits: Int = 0) {
    self.truths = truths
    self.predictions = predictions
    self.hits = hits
  }

  /// nil for a label that is neither predicted nor true.
  package var f1: Double? { predictions + truths == 0 ? nil : Double(2 * hits) / Double(predictions + truths) }
}

/// How often a decoder took a label for its sibling.
package struct SiblingConfusion: Equatable, Sendable {
  package struct Pair: Hashable, Sendable {
    package let truth: Int
    package let prediction: Int

    package init(truth: Int, prediction: Int) {
      self.truth = truth
      self.prediction = prediction
    }
  }

  package let pair: Pair
  package let count: Int

  package init(pair: Pair, count: Int) {
    self.pair = pair
    self.count = count
  }
}
