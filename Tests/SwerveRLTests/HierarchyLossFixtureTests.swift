import SwerveTestSupport
import Testing

@testable import SwerveRL

/// The losses in Double of the test support against PyTorch in float64: losses to 1e-9 relative, gradients to 1e-9.
@Suite struct HierarchyLossFixtureTests {
  let fixture: HierarchyFixture

  init() throws { fixture = try HierarchyFixture() }

  @Test func matchesLossesAndGradients() throws {
    for item in fixture.cases {
      let losses = HierarchyLosses(parents: try fixture.parents(item))
      let tree = try LabelTree(parents: fixture.parents(item))
      let adjustments = LabelPriors(tree, counts: try fixture.counts(item)).adjustments(tau: item.tau)
      let sets = try fixture.sets(item, "labels")
      let logits = try fixture.logits(item).map(Double.init)
      for (name, expected) in item.loss {
        let kind = try #require(HierarchyLosses.Kind(rawValue: name))
        let found = losses(kind, logits: logits, sets: sets, adjustments: adjustments, beta: item.champBeta)
        #expect(abs(found.loss - expected) <= 1e-9 * max(1, abs(expected)), "\(item.name)/\(name)")
        let gradient = try fixture.doubles(item, "grad/\(name)")
        #expect(found.gradient.count == gradient.count)
        for (index, (a, b)) in zip(found.gradient, gradient).enumerated() where abs(a - b) > 1e-9 {
          Issue.record("\(item.name)/\(name), element \(index): \(a), expected \(b)")
        }
      }
    }
  }
}
