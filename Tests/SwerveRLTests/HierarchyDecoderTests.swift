import SwerveTestSupport
import Testing

@testable import SwerveRL

@Suite struct HierarchyDecoderTests {
  /// Two branches: a (0) with leaves c (2) and d (3), and the leaf b (1).
  private let tree: LabelTree

  init() throws { tree = try LabelTree(bytes: "Root\ta\tb\na\tc\td\n".utf8, file: "tree.tsv") }

  private func labels(_ name: String, _ p: [Double], _ values: Double...) throws -> [Int] {
    try #require(LabelDecoderTable.row(named: name)).decoder(tree, values).labels(p)
  }

  @Test func decidesByHand() throws {
    // b is the most probable leaf, a the most probable branch.
    let p = [0.6, 0.4, 0.35, 0.25]
    #expect(try labels("threshold", p) == [0])
    #expect(try labels("threshold", p, 0.4) == [0, 1])
    #expect(try labels("top_down", p) == [0, 2])
    #expect(try labels("top_down_threshold", p) == [0])
    #expect(try labels("top_down_threshold", p, 0.7) == [])
    #expect(try labels("leaf", p) == [1])
    #expect(try labels("recursive_threshold", p, 0.3) == [0, 1, 2])
    // Of three leaves: a has log2(3/2) = 0.58 bits, the leaves 1.58; half of these is 0.79.
    #expect(try labels("information_threshold", p) == [1])
    #expect(try labels("information_threshold", p, 0.5) == [0])
    #expect(try labels("information_threshold", p, 0) == [])
    #expect(try labels("information_threshold", p, 2) == [])
    // c is less probable than b, which a was preferred to.
    #expect(try labels("plurality", p) == [0])
    // Expected F of {a, b}: .6 2/4 + .4 2/3 = .567; of {a, c}: .35 + .25/2 = .475; of {a, b, c}: .35 4/5 + .25 2/5
    // + .4 2/4 = .58; of all: .6 4/6 + .4 2/5 = .56.
    #expect(try labels("hf_beta", p) == [0, 1, 2])
  }

  @Test func takesTheFirstOfEqualCandidates() throws {
    let p = [0.5, 0.5, 0.25, 0.25]
    #expect(try labels("top_down", p) == [0, 2])
    #expect(try labels("leaf", p) == [1])
    #expect(try labels("leaf", [0.5, 0.25, 0.25, 0.25]) == [1])
    // Within a relative 1e-9, also far below it in absolute terms.
    #expect(try labels("leaf", [0.5, 1e-30, 1e-30 * (1 + 5e-10), 0]) == [1])
    #expect(try labels("leaf", [0.5, 1e-30, 1e-30 * (1 + 2e-9), 0]) == [0, 2])
    #expect(try labels("top_down", [0, 0, 0, 0]) == [0, 2])
  }

  @Test func recursiveThresholdStopsWhereALabelIsMissing() throws {
    let p = [0.2, 0.6, 0.9, 0.1]
    #expect(try labels("threshold", p) == [1, 2])
    #expect(try labels("recursive_threshold", p) == [1])
  }

  /// The expected hF_beta of a set, by its definition.
  private func expected(_ tree: LabelTree, _ p: [Double], _ set: [Int], beta: Double) -> Double {
    tree.leaves.reduce(0) { sum, leaf in
      let hits = Double(tree.path(to: leaf).count { set.contains($0) })
      let size = Double(set.count) + beta * beta * Double(tree.depth[leaf])
      return sum + p[leaf] * (1 + beta * beta) * hits / size
    }
  }

  /// Against every closed set of small trees.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func findsTheBestOfAllClosedSets(seed: UInt64) throws {
    var random = TestRandom(seed, "tests/hf-beta")
    for _ in 0..<12 {
      let drawn = try RandomTree(labels: random.within(1...9), &random)
      let tree = drawn.tree
      let sets = tree.closedSets
      let logits = drawn.logits(spread: ([0.3, 1, 3] as [Float])[random.within(0...2)], &random)
      for kind in LabelProbabilities.Kind.allCases {
        let p = LabelProbabilities(kind, tree).row(logits)
        for beta in [0.5, 1, 2] {
          let found = ExpectedFDecoder(tree, beta: beta).labels(p)
          let worth = expected(tree, p, found, beta: beta)
          let best = sets.map { expected(tree, p, $0, beta: beta) }.max() ?? 0
          #expect(tree.isClosed(found) && !found.isEmpty, "seed \(seed)")
          #expect(abs(worth - best) <= 1e-12 * best, "\(found) of \(kind), beta \(beta), seed \(seed)")
          for row in LabelDecoderTable.rows {
            let other = tree.closed(row.decoder(tree).labels(p))
            #expect(expected(tree, p, other, beta: beta) <= worth * (1 + 1e-12), "\(row.name), seed \(seed)")
          }
        }
      }
    }
  }

  /// The search ends early where no larger set can be better; it must find what a search over all sizes finds, ties and
  /// all. Probabilities of few values have many ties.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func findsTheSmallestOfEquallyGoodSets(seed: UInt64) throws {
    var random = TestRandom(seed, "tests/hf-beta/ties")
    for _ in 0..<20 {
      let tree = try RandomTree(labels: random.within(1...9), &random).tree
      let sets = tree.closedSets
      var p = [Double](repeating: 0, count: tree.count)
      for label in tree.topDown.reversed() {
        p[label] =
          tree.isLeaf(label)
          ? Double(random.within(1...2)) : tree.children[label].reduce(0) { $0 + p[$1] }
      }
      for beta in [0.5, 1, 2] {
        let found = ExpectedFDecoder(tree, beta: beta).labels(p)
        let best = sets.map { expected(tree, p, $0, beta: beta) }.max() ?? 0
        let good = sets.filter { expected(tree, p, $0, beta: beta) >= best * (1 - 1e-12) }
        #expect(found.count == good.map(\.count).min(), "beta \(beta), seed \(seed)")
        #expect(good.contains(found), "beta \(beta), seed \(seed)")
      }
    }
  }

  @Test func takesAllOfAFlatTreeOfEqualLabels() throws {
    let flat = try LabelTree(parents: [Int?](repeating: nil, count: 40))
    let p = [Double](repeating: 1 / 40, count: 40)
    // The expected F of k labels is 2 k / 40 / (k + 1), which grows with k.
    #expect(ExpectedFDecoder(flat).labels(p) == Array(0..<40))
  }

  @Test func hasOneRowForEachName() throws {
    #expect(Set(LabelDecoderTable.names).count == LabelDecoderTable.rows.count)
    for row in LabelDecoderTable.rows {
      for parameter in row.parameters {
        #expect(parameter.accepts(parameter.defaultValue(tree)), "\(row.name) \(parameter.name)")
        #expect(!parameter.accepts(-1) && !parameter.accepts(.nan), "\(row.name) \(parameter.name)")
      }
    }
  }
}
