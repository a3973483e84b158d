/// Sums over documents, each with a weight, from which a decoder's metrics are computed.
struct ScoreSums {
  private let tree: LabelTree
  private var documents = 0
  private var facts: [Int]
  private var truths = 0
  /// Documents with a true leaf.
  private var withLeaf = 0
  /// For each depth, documents with a true label there.
  private var withDepth: [Int]
  private var leavesRight = 0
  private var depthRight: [Int]
  private var f1Sum = 0.0
  private var areaSum = 0.0
  private var labels: [LabelCounts]
  /// Predictions and hits of each label when a label counts only below predicted ones.
  private var constrained: [LabelCounts]
  /// Over the documents with a true label c: sizes and hits up to the depth of c.
  private var classes: [LabelCounts]

  init(_ tree: LabelTree) {
    self.tree = tree
    facts = [Int](repeating: 0, count: ScoredDecisions.Fact.allCases.count)
    withDepth = [Int](repeating: 0, count: tree.deepest)
    depthRight = withDepth
    labels = [LabelCounts](repeating: LabelCounts(), count: tree.count)
    constrained = labels
    classes = labels
  }

  private subscript(fact: ScoredDecisions.Fact) -> Int { facts[fact.rawValue] }

  mutating func add(
    _ decisions: ScoredDecisions, _ truth: ScoredTruth, document: Int, area: Double, weight: Int
  ) {
    let start = document * decisions.factsPerDocument
    documents += weight
    for fact in facts.indices { facts[fact] += weight * Int(decisions.facts[start + fact]) }
    let trueLabels = truth.labels(of: document)
    truths += weight * trueLabels.count
    if truth.leaves[document] > 0 {
      withLeaf += weight
      leavesRight += weight * Int(decisions.facts[start + ScoredDecisions.Fact.leavesAreRight.rawValue])
    }
    let (closed, hits) = (
      decisions.facts[start + ScoredDecisions.Fact.closed.rawValue],
      decisions.facts[start + ScoredDecisions.Fact.closedHits.rawValue]
    )
    f1Sum += Double(weight) * Self.f1(closed: closed, hits: hits, truths: trueLabels.count)
    areaSum += Double(weight) * area
    for label in trueLabels {
      let label = Int(label)
      let depth = tree.depth[label]
      let place = start + ScoredDecisions.place(ofDepth: depth)
      labels[label].truths += weight
      classes[label].predictions += weight * Int(decisions.facts[place])
      classes[label].hits += weight * Int(decisions.facts[place + 1])
      classes[label].truths += weight * Int(truth.upToDepth[document * tree.deepest + depth - 1])
    }
    var before: Int32 = 0
    for depth in 1...tree.deepest {
      let upTo = truth.upToDepth[document * tree.deepest + depth - 1]
      if upTo == before { continue }
      before = upTo
      withDepth[depth - 1] += weight
      depthRight[depth - 1] += weight * Int(decisions.facts[start + ScoredDecisions.place(ofDepth: depth) + 2])
    }
    for cell in decisions.cells(of: document) {
      labels[cell.label].predictions += weight
      if cell.isHit { labels[cell.label].hits += weight }
      if !cell.isConstrained { continue }
      constrained[cell.label].predictions += weight
      if cell.isHit { constrained[cell.label].hits += weight }
    }
  }

  /// The sums that the metrics with an interval need.
  /// - Parameter weights: how often each document counts.
  init(_ tree: LabelTree, _ truth: TruthColumns.Sums, _ columns: ScoreColumns, weights: [Int32]) {
    self.init(tree)
    documents = truth.documents
    truths = truth.truths
    withLeaf = truth.withLeaf
    areaSum = truth.area
    labels = truth.labels
    columns.addLabels(weights, to: &labels)
    for (fact, column) in columns.facts { facts[fact.rawValue] = ScoreColumns.sum(weights, column) }
    leavesRight = ScoreColumns.sum(weights, columns.leavesRight)
    f1Sum = ScoreColumns.sum(weights, columns.f1)
  }

  /// 2 |P ∩ Y| / (|P| + |Y|) of a document.
  static func f1(closed: Int32, hits: Int32, truths: Int) -> Double {
    Double(2 * hits) / Double(Int(closed) + truths)
  }

  /// - Returns: one value, or one for each depth.
  func values(_ metric: HierarchyMetric) -> [Double?] {
    switch metric {
    case .microF1: [ratio(2 * self[.hits], self[.predicted] + truths)]
    case .macroF1All: [macroF1(labels, over: tree.names.indices)]
    case .macroF1Present: [macroF1(labels, over: present(tree.names.indices))]
    case .hammingLoss: [ratio(self[.predicted] + truths - 2 * self[.hits], documents * tree.count)]
    case .constrainedMicroF1: [ratio(2 * self[.constrainedHits], self[.constrained] + truths)]
    case .constrainedMacroF1All: [macroF1(constrained, over: tree.names.indices)]
    case .constrainedMacroF1Present: [macroF1(constrained, over: present(tree.names.indices))]
    case .precision: [ratio(self[.closedHits], self[.closed])]
    case .recall: [ratio(self[.closedHits], truths)]
    case .f1: [ratio(2 * self[.closedHits], self[.closed] + truths)]
    case .f1PerDocument: [documents == 0 ? nil : f1Sum / Double(documents)]
    case .macroF1OverDocuments: (1...tree.deepest).map { macroHF1(depth: $0) { labels[$0].truths } }
    case .macroF1OverLabels: (1...tree.deepest).map { macroHF1(depth: $0) { _ in 1 } }
    case .depthAccuracy: zip(depthRight, withDepth).map(ratio)
    case .leafAccuracy: [ratio(leavesRight, withLeaf)]
    case .leafMacroF1All: [macroF1(labels, over: tree.leaves)]
    case .leafMacroF1Present: [macroF1(labels, over: present(tree.leaves))]
    case .exactMatch: [ratio(self[.isExact], documents)]
    case .areaUnderCurve: [documents == 0 ? nil : areaSum / Double(documents)]
    }
  }

  private func ratio(_ numerator: Int, _ denominator: Int) -> Double? {
    documents == 0 || denominator == 0 ? nil : Double(numerator) / Double(denominator)
  }

  private func present(_ labels: some Sequence<Int>) -> [Int] { labels.filter { self.labels[$0].truths > 0 } }

  /// The mean of labels' F1, 0 for a label that is neither predicted nor true; nil over no labels.
  private func macroF1(_ counts: [LabelCounts], over labels: some Collection<Int>) -> Double? {
    if documents == 0 || labels.isEmpty { return nil }
    let sum = labels.reduce(0.0) { sum, label in
      let size = counts[label].predictions + self.labels[label].truths
      return sum + (size == 0 ? 0 : Double(2 * counts[label].hits) / Double(size))
    }
    return sum / Double(labels.count)
  }

  private func macroHF1(depth: Int, weight: (Int) -> Int) -> Double? {
    var (precision, recall, weights) = (0.0, 0.0, 0)
    for (label, counts) in classes.enumerated() where tree.depth[label] == depth && counts.truths > 0 {
      let weight = weight(label)
      weights += weight
      recall += Double(weight) * (Double(counts.hits) / Double(counts.truths))
      if counts.predictions > 0 { precision += Double(weight) * (Double(counts.hits) / Double(counts.predictions)) }
    }
    if weights == 0 { return nil }
    let (p, r) = (precision / Double(weights), recall / Double(weights))
    // Without a single hit, both are 0.
    return p + r == 0 ? 0 : 2 * p * r / (p + r)
  }
}
