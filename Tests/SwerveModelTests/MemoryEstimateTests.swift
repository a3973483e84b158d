import SwerveTensor
import Testing

@testable import SwerveModel

@Suite struct MemoryEstimateTests {
  private let whole = try! ModelConfiguration(layers: 2, heads: 2, width: 32, context: 64, vocabulary: 50)

  private var adapted: ModelConfiguration {
    var configuration = whole
    configuration.adapters = LowRankAdapters(rank: 2, alpha: 4)
    return configuration
  }

  @Test func countsThePanelsOfAFrozenModel() {
    let own = MemoryEstimate(whole, threads: 1)
    #expect(own.basePanels == 0)
    let adapters = MemoryEstimate(adapted, threads: 1)
    #expect(adapters.basePanels == own.panels)
    var table = whole
    table.frozen = .tokenTable
    // The product with the token table alone.
    #expect(MemoryEstimate(table, threads: 1).basePanels == 4 * panelCount(k: 32, n: 50))
  }

  /// A backward pass has panels of its own, which frozen weights need, too.
  @Test func countsTheBackwardPanelsOfAFrozenModel() {
    let estimate = MemoryEstimate(adapted, threads: 1)
    func training(texts: Int) -> Int { estimate.training(texts: texts, length: 128, outputs: 1, keeps: false) }
    // Two shards keep no panels, and three lanes have one block more than two.
    let lane = estimate.weights
    let products = [adaptedPlan.products, adaptedPlan.frozenProducts].flatMap { ModelWeights.withBackwardPanels($0) }
    let backward =
      4
      * products.reduce(0) {
        $0 + ($1.isTransposed ? panelCount(k: $1.rows, n: $1.columns) : panelCount(k: $1.columns, n: $1.rows))
      }
    let packing = 4 * (adaptedPlan.products.map { panelCount(k: $0.rows, n: $0.columns) }.max() ?? 0)
    #expect(backward > 0 && training(texts: 3) - training(texts: 2) == lane + backward - packing)
  }

  private var adaptedPlan: ModelPlan { ModelLayers(adapted).plan }
}
