import Foundation
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// What must hold for any tree and any logits, whatever the numbers are.
@Suite struct HierarchyInvariantTests {
  /// Rounds of a random tree, some logits for it, and their spread.
  private func each(
    _ seed: UInt64, rounds: Int = 60, _ body: (LabelTree, [Double], inout TestRandom) throws -> Void
  ) throws {
    var random = TestRandom(seed, "tests/hierarchy")
    for _ in 0..<rounds {
      let tree = try RandomTree(labels: random.within(1...24), &random)
      let spread = ([0.3, 1, 4] as [Float])[random.within(0...2)]
      try body(tree.tree, tree.logits(spread: spread, &random), &random)
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func neverMakesAChildMoreProbableThanItsParent(seed: UInt64) throws {
    try each(seed) { tree, logits, _ in
      for kind in LabelProbabilities.Kind.allCases {
        let raw = LabelProbabilities(kind, tree).row(logits)
        let p = kind.isCoherent ? raw : tree.coherent(raw)
        #expect(p.allSatisfy { $0 >= 0 && $0 <= 1 }, "seed \(seed)")
        for label in p.indices {
          // Sums of leaves are rounded.
          if let above = tree.parent[label] { #expect(p[label] <= p[above] * (1 + 1e-14), "seed \(seed)") }
          #expect(p[label] <= raw[label], "seed \(seed)")
        }
      }
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func addsChildrenUpToTheirParent(seed: UInt64) throws {
    try each(seed) { tree, logits, _ in
      for kind in LabelProbabilities.Kind.allCases where kind.isNormalized {
        let p = LabelProbabilities(kind, tree).row(logits)
        for group in tree.siblingGroups {
          let sum = group.reduce(0) { $0 + p[$1] }
          let whole = tree.parent[group[0]].map { p[$0] } ?? 1
          #expect(abs(sum - whole) <= 1e-14 * whole, "seed \(seed)")
          // The root's own is not computed: the leaves of an only child of it add up to 1 but for rounding.
          if group.count == 1, tree.parent[group[0]] != nil || kind == .conditionalSoftmax {
            #expect(p[group[0]] == whole, "an only child has its parent's, seed \(seed)")
          }
        }
      }
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func isAFlatSoftmaxOnATreeOfDepthOne(seed: UInt64) throws {
    var random = TestRandom(seed, "tests/hierarchy/flat")
    let tree = try LabelTree(parents: [Int?](repeating: nil, count: random.within(1...20)))
    let logits = random.normals(tree.count, standardDeviation: 3).map(Double.init)
    let conditional = LabelProbabilities(.conditionalSoftmax, tree).row(logits)
    #expect(conditional == LabelProbabilities(.leafSoftmax, tree).row(logits), "seed \(seed)")
    let sum = logits.reduce(0) { $0 + exp($1) }
    for (p, s) in zip(conditional, logits) { #expect(abs(p - exp(s) / sum) <= 1e-14, "seed \(seed)") }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func changesNothingByUniformPriorsOrNoTau(seed: UInt64) throws {
    try each(seed) { tree, logits, random in
      let probabilities = LabelProbabilities(.conditionalSoftmax, tree)
      let uniform = LabelPriors(tree, counts: [Int](repeating: 5, count: tree.count)).adjustments(tau: 1)
      let none = LabelPriors(tree, counts: logits.map { _ in random.within(0...30) }).adjustments(tau: 0)
      let plain = probabilities.row(logits)
      #expect(probabilities.row(zip(logits, none).map(+)) == plain, "seed \(seed)")
      for (a, b) in zip(probabilities.row(zip(logits, uniform).map(+)), plain) {
        #expect(abs(a - b) <= 1e-13 * b, "seed \(seed)")
      }
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func findsOnePrefixAboveOneHalf(seed: UInt64) throws {
    try each(seed) { tree, logits, _ in
      for kind in LabelProbabilities.Kind.allCases {
        let p = LabelProbabilities(kind, tree).row(logits)
        let threshold = ThresholdDecoder().labels(p)
        if kind.isCoherent { #expect(threshold == RecursiveThresholdDecoder(tree).labels(p), "seed \(seed)") }
        if kind.isNormalized {
          #expect(threshold == TopDownDecoder(tree, threshold: 0.5).labels(p), "seed \(seed)")
          #expect(threshold.isEmpty || tree.end(ofPath: threshold) != nil, "seed \(seed)")
        }
      }
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func givesClosedSets(seed: UInt64) throws {
    try each(seed) { tree, logits, _ in
      for kind in LabelProbabilities.Kind.allCases {
        let p = LabelProbabilities(kind, tree).row(logits)
        for row in LabelDecoderTable.rows where row.name != "threshold" {
          let set = row.decoder(tree).labels(p)
          #expect(set == set.sorted() && tree.isClosed(set), "\(row.name), seed \(seed)")
          if ["recursive_threshold", "hf_beta"].contains(row.name) { continue }
          #expect(set.isEmpty || tree.end(ofPath: set) != nil, "\(row.name) is one path, seed \(seed)")
        }
      }
    }
  }

  /// The end of plurality's path is as probable as every label that is neither above nor below it.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func letsPluralityBeatEveryOtherBranch(seed: UInt64) throws {
    try each(seed) { tree, logits, _ in
      for kind in [LabelProbabilities.Kind.conditionalSoftmax, .leafSoftmax] {
        let p = LabelProbabilities(kind, tree).row(logits)
        let end = try #require(tree.end(ofPath: PluralityDecoder(tree).labels(p)))
        for other in p.indices where !tree.path(to: end).contains(other) && !tree.path(to: other).contains(end) {
          #expect(p[end] >= p[other] * (1 - 1e-8), "seed \(seed)")
        }
      }
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func agreesAcrossMetricsForClosedSets(seed: UInt64) throws {
    try each(seed, rounds: 30) { tree, _, random in
      let documents = RandomSets(tree, count: 7, &random)
      var scores = HierarchyScores(tree, decoders: ["closed", "open", "truth"])
      for index in 0..<documents.count {
        let open = documents.open[index]
        scores.add(
          truth: documents.truth[index], probabilities: documents.probabilities[index],
          decisions: [tree.closed(open), open, documents.truth[index]])
      }
      func value(_ name: String, _ decoder: Int) -> Double? { scores.value(name, decoder: decoder) }
      for (constrained, plain) in [
        ("constrained_micro_f1", "micro_f1"), ("constrained_macro_f1_all", "macro_f1_all"),
        ("constrained_macro_f1_present", "macro_f1_present"), ("hf1", "micro_f1"),
      ] {
        #expect(value(constrained, 0) == value(plain, 0), "\(plain), seed \(seed)")
      }
      for name in ["hp", "hr", "hf1", "hf1_per_document", "leaf_accuracy", "exact_match"] {
        #expect(value(name, 0) == value(name, 1), "closing is part of \(name), seed \(seed)")
      }
      for (name, value) in zip(scores.names, scores.values(decoder: 2)) {
        let best: [Double?]
        switch name {
        case "hamming_loss": best = [0]
        // Labels that never occur count as 0.
        case "macro_f1_all", "constrained_macro_f1_all", "leaf_macro_f1_all", "hf1_auc": continue
        default: best = [1, nil]
        }
        #expect(best.contains { $0 == value }, "\(name) of the truth is \(value as Any), seed \(seed)")
      }
    }
  }
}

/// Random documents: true sets, sets of no order, and probabilities.
struct RandomSets {
  var truth: [[Int]] = []
  var open: [[Int]] = []
  var probabilities: [[Double]] = []
  var count: Int { truth.count }

  init(_ tree: LabelTree, count: Int, _ random: inout TestRandom) {
    for _ in 0..<count {
      truth.append(tree.closed((0...random.within(0...2)).map { _ in random.within(0...tree.count - 1) }))
      open.append((0..<tree.count).filter { _ in random.within(0...2) == 0 })
      // Many of them are equal.
      probabilities.append((0..<tree.count).map { _ in Double(random.within(0...8)) / 8 })
    }
  }
}
