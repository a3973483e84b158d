import SwerveRL
import SwerveTestSupport
import Testing

@testable import SwerveScript

/// The losses of lua/swerve/hierarchy against values and gradients of another implementation.
@Suite struct ClassificationLossFixtureTests {
  private static let losses: [(name: String, kind: String, options: @Sendable (HierarchyFixture.Case) -> String)] = [
    ("bce", "bce", { _ in "" }), ("conditional_softmax", "csoft", { _ in "" }),
    ("logit_adjusted", "la", { "tau = \($0.tau)" }), ("conditional_sigmoid", "csig", { _ in "" }),
    ("leaf_softmax", "leaf", { _ in "" }), ("champ", "champ", { "beta = \($0.champBeta)" }),
    ("focal", "bce", { _ in "gamma = 0" }),
  ]

  @Test func matchesValuesAndGradients() throws {
    let fixture = try HierarchyFixture()
    var compared = 0
    for item in fixture.cases {
      for (name, kind, options) in Self.losses {
        guard let expected = item.loss[kind] else { continue }
        try compare(
          item, fixture, name, options(item), loss: expected, gradient: fixture.doubles(item, "grad/\(kind)"))
        compared += 1
      }
    }
    #expect(compared > 0)
  }

  /// The fixtures have no focal loss, so it is compared with a twin in double precision.
  @Test(arguments: [(2, nil), (0.5, nil), (2, 0.25)] as [(Double, Double?)])
  func matchesATwinOfTheFocalLoss(_ gamma: Double, _ alpha: Double?) throws {
    let fixture = try HierarchyFixture()
    for item in fixture.cases {
      let twin = HierarchyLosses(parents: try fixture.parents(item))
      let expected = try twin(
        .focal, logits: fixture.logits(item).map(Double.init), sets: fixture.sets(item, "labels"), gamma: gamma,
        alpha: alpha)
      let options = "gamma = \(gamma)" + (alpha.map { ", alpha = \($0)" } ?? "")
      try compare(item, fixture, "focal", options, loss: expected.loss, gradient: expected.gradient)
    }
  }

  /// - Parameters:
  ///   - name: of a file of lua/swerve/hierarchy.
  ///   - gradient: of the logits of all documents, labels in the order of the fixture.
  private func compare(
    _ item: HierarchyFixture.Case, _ fixture: HierarchyFixture, _ name: String, _ options: String,
    loss expected: Double,
    gradient: [Double]
  ) throws {
    let what = "\(name) { \(options) } in case \(item.name)"
    let parents = try fixture.parents(item)
    let logits = try fixture.logits(item)
    let counts = try fixture.counts(item)
    let root = "{\"text\": \"12\", \"label\": [\"n\(parents.firstIndex { $0 == nil } ?? 0)\"]}\n"
    // A file numbers labels as it names them, so the columns are found again by name.
    let scripts = ClassificationScripts(taxonomy: Self.taxonomy(parents), train: root, test: root)
    let loss = "require('swerve.hierarchy.\(name)') { \(options) }"
    let experiment = try scripts.load(scripts.script("decode = { 'leaf' }", loss: loss))
    defer { withExtendedLifetime(experiment) {} }
    let plan = try scripts.plan(experiment)
    let own = try parents.indices.map { try #require(plan.tree.index(of: "n\($0)")) }
    func reordered<T>(_ row: ArraySlice<T>, _ zero: T) -> [T] {
      var result = [T](repeating: zero, count: row.count)
      for (label, value) in row.enumerated() { result[own[label]] = value }
      return result
    }
    let documents = try fixture.sets(item, "labels").map { Document(text: "", labels: $0.map { own[$0] }.sorted()) }
    let n = item.labels
    let rows = stride(from: 0, to: logits.count, by: n)
    let found = try plan.value(
      documents, logits: rows.flatMap { reordered(logits[$0..<$0 + n], 0) },
      priors: LabelPriors(plan.tree, counts: reordered(counts[...], 0)))
    #expect(abs(Double(found.loss) - expected) < 1e-5 * max(abs(expected), 1), "\(what)")
    let wanted = rows.flatMap { reordered(gradient[$0..<$0 + n], 0) }
    #expect(relativeError(found.gradient, wanted) < 1e-5, "\(what)")
  }

  private static func taxonomy(_ parents: [Int?]) -> String {
    func line(_ name: String, _ parent: Int?) -> String? {
      let children = parents.indices.filter { parents[$0] == parent }.map { "n\($0)" }
      return children.isEmpty ? nil : ([name] + children).joined(separator: "\t") + "\n"
    }
    return ([line("root", nil)] + parents.indices.map { line("n\($0)", $0) }).compactMap { $0 }.joined()
  }
}
