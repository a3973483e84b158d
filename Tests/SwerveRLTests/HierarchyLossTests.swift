import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// The losses in Double, which other losses are compared with.
@Suite struct HierarchyLossTests {
  private struct Batch {
    let tree: LabelTree
    let losses: HierarchyLosses
    let logits: [Double]
    let sets: [[Int]]

    init(_ random: inout TestRandom) throws {
      let drawn = try RandomTree(labels: random.within(1...12), &random)
      tree = drawn.tree
      losses = HierarchyLosses(parents: drawn.tree.parent)
      let documents = random.within(1...3)
      logits = (0..<documents).flatMap { _ in drawn.logits(spread: 1.5, &random) }
      sets = (0..<documents).map { _ in drawn.closedSet(&random) }
    }
  }

  @Test(arguments: HierarchyLosses.Kind.allCases)
  func hasTheGradientOfItsDifferences(kind: HierarchyLosses.Kind) throws {
    var random = TestRandom(5, "tests/hierarchy-losses")
    for _ in 0..<15 {
      let batch = try Batch(&random)
      let adjustments = LabelPriors(batch.tree, documents: batch.sets).adjustments(tau: 0.7)
      func loss(_ logits: [Double]) -> HierarchyLosses.Result {
        batch.losses(kind, logits: logits, sets: batch.sets, adjustments: adjustments, beta: 0.3, gamma: 1.5)
      }
      let gradient = loss(batch.logits).gradient
      for index in batch.logits.indices {
        var (up, down) = (batch.logits, batch.logits)
        up[index] += 1e-5
        down[index] -= 1e-5
        let slope = (loss(up).loss - loss(down).loss) / 2e-5
        #expect(abs(slope - gradient[index]) < 1e-8, "\(kind), element \(index)")
      }
    }
  }

  @Test func agreesWhereLossesAreTheSame() throws {
    var random = TestRandom(6, "tests/hierarchy-losses")
    for _ in 0..<40 {
      let batch = try Batch(&random)
      func loss(_ kind: HierarchyLosses.Kind, adjustments: [Double] = [], beta: Double = 0, gamma: Double = 0) -> Double
      {
        batch.losses(
          kind, logits: batch.logits, sets: batch.sets, adjustments: adjustments, beta: beta, gamma: gamma
        ).loss
      }
      let labels = Double(batch.tree.count)
      #expect(abs(loss(.champ) - labels * loss(.bce)) <= 1e-12 * labels)
      #expect(loss(.focal) == loss(.bce))
      let uniform = LabelPriors(batch.tree, counts: [Int](repeating: 3, count: batch.tree.count)).adjustments(tau: 1)
      #expect(abs(loss(.la, adjustments: uniform) - loss(.csoft)) <= 1e-12 * max(1, loss(.csoft)))
    }
  }

  @Test func costsNothingOnAChain() throws {
    let losses = HierarchyLosses(parents: [nil, 0, 1])
    for kind in [HierarchyLosses.Kind.csoft, .leaf] {
      let result = losses(kind, logits: [1, -2, 3], sets: [[0, 1, 2]])
      #expect(result.loss == 0 && result.gradient == [0, 0, 0])
    }
  }

  /// The loss of a path is -log of its probability.
  @Test func isTheLogarithmOfTheProbability() throws {
    var random = TestRandom(7, "tests/hierarchy-losses")
    for _ in 0..<20 {
      let drawn = try RandomTree(labels: random.within(1...12), &random)
      let (tree, logits) = (drawn.tree, drawn.logits(spread: 1, &random))
      let losses = HierarchyLosses(parents: tree.parent)
      for (kind, head) in [
        (HierarchyLosses.Kind.csoft, LabelProbabilities.Kind.conditionalSoftmax), (.leaf, .leafSoftmax),
      ] {
        let p = LabelProbabilities(head, tree).row(logits)
        for label in p.indices {
          let loss = losses(kind, logits: logits, sets: [tree.path(to: label)]).loss
          #expect(abs(loss + ExactDouble.log(p[label])) < 1e-12, "\(kind)")
        }
      }
    }
  }
}
