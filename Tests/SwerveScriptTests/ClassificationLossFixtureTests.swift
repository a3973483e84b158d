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
      let parents = try fixture.parents(item)
      let sets = try fixture.sets(item, "labels")
      let logits = try fixture.logits(item)
      let counts = try fixture.counts(item)
      for (name, kind, options) in Self.losses {
        guard let expected = item.loss[kind] else { continue }
        let slopes = try fixture.doubles(item, "grad/\(kind)")
        let what = "\(name) in case \(item.name)"
        // A file numbers labels as it names them, so the columns are found again by name.
        let scripts = ClassificationScripts(
          taxonomy: Self.taxonomy(parents),
          train: "{\"text\": \"12\", \"label\": [\"n\(parents.firstIndex { $0 == nil } ?? 0)\"]}\n",
          test: "{\"text\": \"12\", \"label\": [\"n\(parents.firstIndex { $0 == nil } ?? 0)\"]}\n")
        let loss = "require('swerve.hierarchy.\(name)') { \(options(item)) }"
        let experiment = try scripts.load(scripts.script("decode = { 'leaf' }", loss: loss))
        defer { withExtendedLifetime(experiment) {} }
        let plan = try scripts.plan(experiment)
        let own = try parents.indices.map { try #require(plan.tree.index(of: "n\($0)")) }
        func reordered<T>(_ row: ArraySlice<T>, _ zero: T) -> [T] {
          var result = [T](repeating: zero, count: row.count)
          for (label, value) in row.enumerated() { result[own[label]] = value }
          return result
        }
        let documents = sets.map { Document(text: "", labels: $0.map { own[$0] }.sorted()) }
        let n = item.labels
        let rows = stride(from: 0, to: logits.count, by: n)
        let found = try plan.value(
          documents, logits: rows.flatMap { reordered(logits[$0..<$0 + n], 0) },
          priors: LabelPriors(plan.tree, counts: reordered(counts[...], 0)))
        #expect(abs(Double(found.loss) - expected) < 1e-5 * max(abs(expected), 1), "\(what)")
        let wanted = rows.flatMap { reordered(slopes[$0..<$0 + n], 0) }
        #expect(relativeError(found.gradient, wanted) < 1e-5, "\(what)")
        compared += 1
      }
    }
    #expect(compared > 0)
  }

  private static func taxonomy(_ parents: [Int?]) -> String {
    func line(_ name: String, _ parent: Int?) -> String? {
      let children = parents.indices.filter { parents[$0] == parent }.map { "n\($0)" }
      return children.isEmpty ? nil : ([name] + children).joined(separator: "\t") + "\n"
    }
    return ([line("root", nil)] + parents.indices.map { line("n\($0)", $0) }).compactMap { $0 }.joined()
  }
}
