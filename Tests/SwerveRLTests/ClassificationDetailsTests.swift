import SwerveTestSupport
import Testing

@testable import SwerveRL

/// What an evaluation of a classifier keeps beyond its metrics.
@Suite struct ClassificationDetailsTests {
  /// Random documents with what two decoders decided: a path, and any labels at all.
  private func scores(_ random: inout TestRandom, documents: Int) throws -> HierarchyScores {
    let tree = try RandomTree(labels: random.within(1...12), &random).tree
    var scores = HierarchyScores(tree, decoders: ["path", "any"])
    for _ in 0..<documents {
      let truth = tree.path(to: random.within(0...tree.count - 1)).sorted()
      let path = tree.path(to: random.within(0...tree.count - 1)).sorted()
      let any = (0..<tree.count).filter { _ in random.within(0...3) == 0 }
      let probabilities = (0..<tree.count).map { _ in Double(random.within(0...1000)) / 1000 }
      scores.add(truth: truth, probabilities: probabilities, decisions: [path, any])
    }
    return scores
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>) func sumsColumnsAsDocumentsOneByOne(seed: UInt64) throws {
    var random = TestRandom(seed, "details")
    let scores = try scores(&random, documents: random.within(1...30))
    let weights = (0..<scores.count).map { _ in Int32(random.within(0...3)) }
    for decoder in scores.decoders.indices {
      let sums = ScoreSums(
        scores.tree, TruthColumns(scores).sums(weights), ScoreColumns(scores, decoder: decoder), weights: weights)
      let single = scores.measured(decoder: decoder, weights: weights.map(Int.init))
      for (metric, _, value) in single where metric.hasInterval {
        #expect(sums.values(metric)[0]?.bitPattern == value?.bitPattern, "\(metric), seed \(seed)")
      }
    }
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>) func countsTheCurveAsAThresholdWouldDecide(seed: UInt64) throws {
    var random = TestRandom(seed, "curve")
    let tree = try RandomTree(labels: random.within(1...12), &random).tree
    var (curve, first, second) = (ThresholdCurve(), ThresholdCurve(), ThresholdCurve())
    var documents: [(truth: [Int], probabilities: [Double])] = []
    for index in 0..<10 {
      let truth = tree.path(to: random.within(0...tree.count - 1)).sorted()
      // Some probabilities are thresholds themselves.
      let probabilities = (0..<tree.count).map { _ in
        random.within(0...1) == 0
          ? ThresholdCurve.thresholds[random.within(0...ThresholdCurve.thresholds.count - 1)]
          : Double(random.within(0...1000)) / 1000
      }
      documents.append((truth, probabilities))
      curve.add(probabilities, truth: truth.map(Int32.init), tree)
      if index < 4 { first.add(probabilities, truth: truth.map(Int32.init), tree) }
      if index >= 4 { second.add(probabilities, truth: truth.map(Int32.init), tree) }
    }
    #expect(curve.points.count == ThresholdCurve.thresholds.count)
    for point in curve.points {
      var (predictions, hits) = (0, 0)
      for (truth, probabilities) in documents {
        let closed = tree.closed(tree.names.indices.filter { probabilities[$0] >= point.threshold })
        predictions += closed.count
        hits += closed.count { truth.contains($0) }
      }
      #expect(point.predictions == predictions && point.hits == hits, "\(point), seed \(seed)")
    }
    first.append(second)
    #expect(first == curve)
  }

  @Test func hasTheMiddleAndBothEndsAmongTheThresholds() {
    let thresholds = ThresholdCurve.thresholds
    #expect(thresholds == thresholds.sorted() && Set(thresholds).count == thresholds.count)
    #expect(thresholds.contains(0.5) && thresholds[0] < 2e-5 && thresholds[thresholds.count - 1] > 1 - 2e-5)
  }

  @Test func keepsTheDocumentsBehindEachNumber() throws {
    let tree = try LabelTree(parents: [nil, nil, 0, 0])
    var scores = HierarchyScores(tree, decoders: ["one"])
    for (truth, decision) in [([0, 2], [0, 3]), ([0], [0]), ([1], [0])] {
      scores.add(truth: truth, probabilities: [0.5, 0.25, 0.25, 0.125], decisions: [decision])
    }
    let details = ClassificationDetails(scores, set: "test")
    #expect(details.documents == 3 && details.withDepth == [3, 1] && details.withLeaf == 2)
    #expect(details.truths == [2, 1, 1, 0])
    let rule = details.rules[0]
    #expect(rule.predictions == [3, 0, 0, 1] && rule.hits == [2, 0, 0, 0])
    #expect(rule.confusions.map { [$0.pair.truth, $0.pair.prediction, $0.count] } == [[1, 0, 1], [2, 3, 1]])
    #expect(rule.confusedPairs == 2)
    let intervals = rule.intervals.map(\.metric)
    #expect(intervals.contains("hf1") && intervals.contains("hf1_auc") && !intervals.contains("depth_accuracy"))
    #expect(rule.intervals.allSatisfy { $0.low <= $0.high })
  }

  /// So that records of trees with a thousand labels stay small.
  @Test func keepsTheMostFrequentConfusionsOnly() throws {
    let labels = 16
    let tree = try LabelTree(parents: [Int?](repeating: nil, count: labels))
    var scores = HierarchyScores(tree, decoders: ["one"])
    for truth in 0..<labels {
      for other in 0..<labels where other != truth {
        for _ in 0..<(truth == 7 ? 2 : 1) {
          scores.add(
            truth: [truth], probabilities: [Double](repeating: 0.5, count: labels), decisions: [[other]])
        }
      }
    }
    let rule = ClassificationDetails(scores, set: "test").rules[0]
    #expect(rule.confusedPairs == labels * (labels - 1))
    #expect(rule.confusions.count == ClassificationDetails.mostConfusions)
    #expect(rule.confusions.prefix(labels - 1).allSatisfy { $0.pair.truth == 7 && $0.count == 2 })
  }
}
