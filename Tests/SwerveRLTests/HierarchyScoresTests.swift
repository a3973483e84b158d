import SwerveTestSupport
import Testing

@testable import SwerveRL

@Suite struct HierarchyScoresTests {
  /// Two branches: a (0) with leaves c (2) and d (3), and the leaf b (1).
  private let tree: LabelTree

  init() throws { tree = try LabelTree(bytes: "Root\ta\tb\na\tc\td\n".utf8, file: "tree.tsv") }

  private func scores(_ documents: [(truth: [Int], decision: [Int])]) -> HierarchyScores {
    var scores = HierarchyScores(tree, decoders: ["one"])
    for document in documents {
      scores.add(truth: document.truth, probabilities: [0.6, 0.4, 0.35, 0.25], decisions: [document.decision])
    }
    return scores
  }

  @Test func computesByHand() throws {
    // The second decision is not closed: d without a.
    let scores = scores([([0, 2], [0, 3]), ([1], [3])])
    func value(_ name: String) -> Double? { scores.value(name, decoder: 0) }
    // Cells as given: TP a; FP d, d; FN c, b.
    #expect(value("micro_f1") == 2.0 / 6)
    #expect(value("macro_f1_all") == 0.25)
    #expect(value("macro_f1_present") == 1.0 / 3)
    #expect(value("hamming_loss") == 0.5)
    // The second d has no a above it.
    #expect(value("constrained_micro_f1") == 2.0 / 5)
    // Closed: {a, d} and {a, d} against {a, c} and {b}.
    #expect(value("hp") == 0.25)
    #expect(value("hr") == 1.0 / 3)
    #expect(value("hf1") == 2.0 / 7)
    #expect(value("hf1_per_document") == 0.25)
    #expect(value("depth_accuracy/1") == 0.5)
    #expect(value("depth_accuracy/2") == 0)
    #expect(value("leaf_accuracy") == 0)
    #expect(value("exact_match") == 0)
    // Depth 1: a has P 1 and R 1, b has P 0 and R 0, with a document each.
    #expect(value("macro_hf1_labels/1") == 0.5)
    // Depth 2: c alone has documents: P 1/2, R 1/2.
    #expect(value("macro_hf1_labels/2") == 0.5 && value("macro_hf1_documents/2") == 0.5)
    // Document 1: a, b, c are taken in turn: (1/2, 1), (1/2, 1/2), (1, 2/3): .5 + .5 (.5 + 2/3) / 2.
    // Document 2: a, b: (0, 0), (1, 1/2): .25.
    let area = try #require(value("hf1_auc"))
    #expect(abs(area - (0.5 + 0.25 * (0.5 + 2.0 / 3) + 0.25) / 2) < 1e-15)
  }

  @Test func leavesOutWhatCannotBeComputed() {
    let nothing = scores([([0], []), ([1], [])])
    #expect(nothing.value("hp", decoder: 0) == nil)
    #expect(nothing.value("hr", decoder: 0) == 0 && nothing.value("hf1", decoder: 0) == 0)
    #expect(nothing.value("depth_accuracy/2", decoder: 0) == nil, "no document reaches depth 2")
    #expect(nothing.value("macro_hf1_labels/2", decoder: 0) == nil)
    #expect(nothing.value("leaf_accuracy", decoder: 0) == 0, "b is a leaf")
    #expect(scores([([0], [])]).value("leaf_accuracy", decoder: 0) == nil)
    #expect(scores([([0], [])]).value("leaf_macro_f1_present", decoder: 0) == nil)
    #expect(scores([]).values(decoder: 0).allSatisfy { $0 == nil })
    #expect(scores([]).value("no_such_metric", decoder: 0) == nil)
  }

  /// Parts of any size, the last of one document, give the bits of one pass.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func countsEveryDocumentOfEveryPart(seed: UInt64) throws {
    var random = TestRandom(seed, "tests/hierarchy-scores")
    let tree = try RandomTree(labels: 17, &random).tree
    let documents = RandomSets(tree, count: 33, &random)
    func part(_ range: Range<Int>) -> HierarchyScores {
      var scores = HierarchyScores(tree, decoders: ["closed", "open"])
      for index in range {
        scores.add(
          truth: documents.truth[index], probabilities: documents.probabilities[index],
          decisions: [tree.closed(documents.open[index]), documents.open[index]])
      }
      return scores
    }
    let whole = part(0..<33)
    for batch in [1, 4, 8, 16, 32] {
      var parts = HierarchyScores(tree, decoders: ["closed", "open"])
      for start in stride(from: 0, to: 33, by: batch) { parts.append(part(start..<min(33, start + batch))) }
      #expect(parts.count == 33)
      for decoder in 0..<2 { #expect(parts.values(decoder: decoder) == whole.values(decoder: decoder), "seed \(seed)") }
    }
    // The last document matters.
    #expect(part(0..<32).values(decoder: 1) != whole.values(decoder: 1), "seed \(seed)")
  }

  /// A weight is a repetition.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func countsADocumentAsOftenAsItsWeight(seed: UInt64) throws {
    var random = TestRandom(seed, "tests/hierarchy-weights")
    let tree = try RandomTree(labels: 12, &random).tree
    let documents = RandomSets(tree, count: 9, &random)
    let weights = (0..<9).map { _ in random.within(0...3) }
    var (once, repeated) = (HierarchyScores(tree, decoders: ["open"]), HierarchyScores(tree, decoders: ["open"]))
    for (index, weight) in weights.enumerated() {
      for round in 0..<max(1, weight) {
        if round == 0 {
          once.add(
            truth: documents.truth[index], probabilities: documents.probabilities[index],
            decisions: [documents.open[index]])
        }
        if weight == 0 { break }
        repeated.add(
          truth: documents.truth[index], probabilities: documents.probabilities[index],
          decisions: [documents.open[index]])
      }
    }
    for (a, b) in zip(once.values(decoder: 0, weights: weights), repeated.values(decoder: 0)) {
      #expect((a == nil) == (b == nil) && abs((a ?? 0) - (b ?? 0)) <= 1e-14, "seed \(seed)")
    }
  }

  @Test func countsLabelsAndConfusions() {
    let scores = scores([([0, 2], [0, 3]), ([0, 2], [0, 3]), ([1], [0]), ([0, 3], [0, 3])])
    let counts = scores.labelCounts(decoder: 0)
    #expect(counts.map(\.truths) == [3, 1, 2, 1])
    #expect(counts.map(\.predictions) == [4, 0, 0, 3])
    #expect(counts.map(\.hits) == [3, 0, 0, 1])
    #expect(counts[2].f1 == 0 && counts[0].f1 == 6.0 / 7 && LabelCounts().f1 == nil)
    let confusions = scores.siblingConfusions(decoder: 0)
    #expect(confusions.map { [$0.pair.truth, $0.pair.prediction, $0.count] } == [[2, 3, 2], [1, 0, 1]])
  }

  // MARK: Bootstrap

  @Test func drawsAsManyDocumentsAsThereAre() {
    let bootstrap = DocumentBootstrap(draws: 5, seed: 3)
    let weights = (0..<5).map { bootstrap.weights(draw: $0, documents: 11) }
    #expect(weights.allSatisfy { $0.count == 11 && $0.reduce(0, +) == 11 })
    #expect(Set(weights).count > 1)
    #expect(weights == (0..<5).map { DocumentBootstrap(draws: 5, seed: 3).weights(draw: $0, documents: 11) })
    #expect(weights != (0..<5).map { DocumentBootstrap(draws: 5, seed: 4).weights(draw: $0, documents: 11) })
  }

  /// The mean of n independent shares has a standard error of sqrt(p (1 - p) / n); the interval is about 3.92 of them wide.
  @Test func hasTheWidthOfANormalInterval() throws {
    let documents = (0..<400).map { index -> (truth: [Int], decision: [Int]) in ([1], index % 4 == 0 ? [0] : [1]) }
    let scores = scores(documents)
    let intervals = DocumentBootstrap(draws: 1000).intervals(scores)[0]
    let interval = try #require(intervals.first { $0.metric == .exactMatch }?.interval)
    #expect(interval.low < 0.75 && interval.high > 0.75)
    let expected = 3.92 * (0.75 * 0.25 / 400).squareRoot()
    #expect(abs(interval.high - interval.low - expected) < 0.2 * expected)
  }

  /// Nearly each document has a leaf of its own, so a draw lacks a third of the labels, and macro F1 is lower there.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func hasTheEstimateInEachInterval(seed: UInt64) throws {
    var random = TestRandom(seed, "tests/rare labels")
    let leaves = 60
    let tree = try LabelTree(
      bytes: ("Root" + (0..<leaves).map { "\tl\($0)" }.joined() + "\n").utf8, file: "tree.tsv")
    var scores = HierarchyScores(tree, decoders: ["one"])
    for document in 0..<leaves + 20 {
      let leaf = document < leaves ? document : random.within(0...leaves - 1)
      let decision = random.within(0...9) < 6 ? leaf : random.within(0...leaves - 1)
      scores.add(
        truth: [leaf], probabilities: (0..<leaves).map { $0 == decision ? 0.9 : 0.1 / Double(leaves) },
        decisions: [[decision]])
    }
    for (metric, interval) in DocumentBootstrap().intervals(scores)[0] {
      let estimate = try #require(scores.value(metric.rawValue, decoder: 0))
      let interval = try #require(interval)
      #expect(interval.low <= estimate && estimate <= interval.high, "\(metric), seed \(seed)")
      #expect(interval.low >= 0 && interval.high <= 1)
      #expect(interval.high > interval.low, "\(metric)")
    }
  }

  @Test func takesTheBiasOfDrawsOff() {
    // The 26th of the draws is the lower end.
    let draws: [Double?] = (0..<1000).map { 0.2 + Double($0) / 10_000 }
    let (low, mean) = (0.2 + 0.0025, 0.2 + 0.04995)
    #expect(PercentileInterval(draws, around: nil) == nil)
    #expect(PercentileInterval(draws, around: mean).map { abs($0.low - low) < 1e-12 } == true)
    #expect(PercentileInterval(draws, around: 0.5).map { abs($0.low - (low + 0.5 - mean)) < 1e-12 } == true)
    #expect(PercentileInterval(draws, around: 0.99)?.high == 1)
  }

  @Test func hasNoIntervalWhereDrawsLackTheNumber() {
    #expect(PercentileInterval([nil, 1, nil, 2]) == nil)
    #expect(PercentileInterval([1]) == nil)
    let draws: [Double?] = (0..<1000).map { $0 < 10 ? nil : Double($0) }
    #expect(PercentileInterval(draws).map { $0.low < 40 && $0.high > 970 } == true)
    #expect(PercentileInterval((0..<1000).map { Double($0) }).map { [$0.low, $0.high] } == [25, 974])
  }
}
