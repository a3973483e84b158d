import SwerveTestSupport
import Testing

@testable import SwerveRL

/// Probabilities, decisions and metrics against a reference in numpy (shared definitions: HTC). Tolerances are those that
/// the file states: 1e-9 relative for probabilities, 1e-12 absolute for metrics; decisions are equal in every cell.
@Suite struct HierarchyFixtureTests {
  let fixture: HierarchyFixture

  init() throws { fixture = try HierarchyFixture() }

  private static let kinds: [(name: String, kind: LabelProbabilities.Kind)] = [
    ("sigmoid", .sigmoid), ("csoft", .conditionalSoftmax), ("csig", .conditionalSigmoid), ("leaf", .leafSoftmax),
  ]

  private func tree(_ item: HierarchyFixture.Case) throws -> LabelTree {
    try LabelTree(parents: fixture.parents(item))
  }

  private func probabilities(_ item: HierarchyFixture.Case, _ kind: LabelProbabilities.Kind) throws -> [[Double]] {
    LabelProbabilities(kind, try tree(item)).rows(try fixture.logits(item))
  }

  private func expectClose(_ found: [Double], _ expected: [Double], _ name: String) {
    #expect(found.count == expected.count, "\(name)")
    for (index, (a, b)) in zip(found, expected).enumerated() where !(abs(a - b) <= max(1e-9 * abs(b), 1e-300)) {
      Issue.record("\(name), element \(index): \(a), expected \(b)")
    }
  }

  @Test func hasCases() { #expect(!fixture.cases.isEmpty) }

  @Test func matchesProbabilities() throws {
    for item in fixture.cases {
      for (name, kind) in Self.kinds {
        let found = try probabilities(item, kind)
        #expect(found.count == item.documents)
        expectClose(found.flatMap(\.self), try fixture.doubles(item, "prob/\(name)"), "\(item.name)/\(name)")
      }
      let tree = try tree(item)
      expectClose(
        try probabilities(item, .sigmoid).flatMap(tree.coherent), try fixture.doubles(item, "prob/coherent"),
        "\(item.name)/coherent")
    }
  }

  @Test func matchesPriorsAndAdjustedProbabilities() throws {
    for item in fixture.cases {
      let tree = try tree(item)
      let priors = LabelPriors(tree, counts: try fixture.counts(item))
      expectClose(priors.shares, try fixture.doubles(item, "nu"), "\(item.name)/nu")
      let adjustments = priors.adjustments(tau: item.tau)
      let logits = try fixture.logits(item)
      let probabilities = LabelProbabilities(.conditionalSoftmax, tree)
      let found = stride(from: 0, to: logits.count, by: tree.count).flatMap { start in
        probabilities.row(zip(logits[start..<start + tree.count], adjustments).map { Double($0) + $1 })
      }
      expectClose(found, try fixture.doubles(item, "prob/csoft_la"), "\(item.name)/csoft_la")
    }
  }

  /// The reference's names of inference rules.
  private func decoders(_ item: HierarchyFixture.Case, _ tree: LabelTree) -> [(name: String, decoder: any LabelDecoder)]
  {
    func made(_ name: String, _ values: Double...) -> any LabelDecoder {
      guard let row = LabelDecoderTable.row(named: name) else { fatalError("no decoder \(name)") }
      return row.decoder(tree, values)
    }
    return [
      ("threshold", made("threshold", item.threshold)), ("greedy", made("top_down")),
      ("greedy_t", made("top_down_threshold", item.threshold)), ("leaf", made("leaf")),
      ("recursive", made("recursive_threshold", item.threshold)),
      ("information", made("information_threshold", item.infoTau)), ("plurality", made("plurality")),
      ("hfbeta_0.5", made("hf_beta", 0.5)), ("hfbeta_1", made("hf_beta", 1)), ("hfbeta_2", made("hf_beta", 2)),
    ]
  }

  @Test func matchesDecisions() throws {
    for item in fixture.cases {
      let tree = try tree(item)
      for (kind, ours) in Self.kinds {
        let rows = try probabilities(item, ours)
        for (rule, decoder) in decoders(item, tree) {
          let expected = try fixture.sets(item, "set/\(kind)/\(rule)")
          #expect(rows.map(decoder.labels) == expected, "\(item.name)/\(kind)/\(rule)")
        }
      }
    }
  }

  /// The reference's names of metrics. It gives 0 where a metric can't be computed.
  private static let metrics = [
    "micro_f1": "micro_f1", "macro_f1": "macro_f1_all", "hamming": "hamming_loss",
    "c_micro_f1": "constrained_micro_f1", "c_macro_f1": "constrained_macro_f1_all", "hp": "hp", "hr": "hr",
    "hf1": "hf1", "hf1_doc": "hf1_per_document", "macro_hf1_doc": "macro_hf1_documents",
    "macro_hf1_label": "macro_hf1_labels", "depth_acc": "depth_accuracy", "leaf_acc": "leaf_accuracy",
    "leaf_macro_f1_all": "leaf_macro_f1_all", "leaf_macro_f1_present": "leaf_macro_f1_present",
    "exact": "exact_match",
  ]

  private func expect(
    _ scores: HierarchyScores, decoder: Int, _ expected: [String: HierarchyFixture.Value], _ name: String
  ) throws {
    func compare(_ metric: String, _ expected: Double?) {
      let found = scores.value(metric, decoder: decoder)
      #expect(
        abs((found ?? 0) - (expected ?? 0)) <= 1e-12, "\(name) \(metric): \(found as Any), expected \(expected as Any)")
    }
    #expect(expected.count == Self.metrics.count, "\(name)")
    for (theirs, value) in expected {
      let ours = try #require(Self.metrics[theirs])
      switch value {
      case .number(let number): compare(ours, number)
      case .perDepth(let numbers):
        for depth in 1...scores.tree.deepest {
          compare("\(ours)/\(depth)", numbers["\(depth)"])
          let isThere = scores.value("\(ours)/\(depth)", decoder: decoder) != nil
          #expect(isThere == (numbers["\(depth)"] != nil), "\(name) \(ours)/\(depth)")
        }
      }
    }
  }

  @Test func matchesMetrics() throws {
    for item in fixture.cases {
      let tree = try tree(item)
      let truth = try fixture.sets(item, "labels")
      let random = try fixture.sets(item, "random_sets")
      for (kind, ours) in Self.kinds {
        let decoders = decoders(item, tree)
        var scores = HierarchyScores(tree, decoders: decoders.map(\.name) + ["random"])
        for (document, row) in try probabilities(item, ours).enumerated() {
          scores.add(
            truth: truth[document], probabilities: row,
            decisions: decoders.map { $0.decoder.labels(row) } + [random[document]])
        }
        for (index, decoder) in decoders.enumerated() {
          let expected = try #require(item.metrics["\(kind)/\(decoder.name)"])
          try expect(scores, decoder: index, expected, "\(item.name)/\(kind)/\(decoder.name)")
        }
        try expect(
          scores, decoder: decoders.count, try #require(item.metrics["random_sets"]), "\(item.name)/random_sets")
        let area = try #require(item.hf1Auc[kind])
        let found = try #require(scores.value("hf1_auc", decoder: 0))
        #expect(abs(found - area) <= 1e-12, "\(item.name)/\(kind): hf1_auc \(found), expected \(area)")
      }
    }
  }
}
