import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

@Suite struct PanelTests {
  /// One or two shards pack weights as they go, more of them before they start: where a weight was packed shows nowhere.
  @Test(arguments: PositionEncoding.allCases, MathMode.allCases)
  func givesTheSameGradientWithoutPanels(positions: PositionEncoding, mode: MathMode) throws {
    let configuration = try ModelConfiguration(
      layers: 2, heads: 2, width: 40, context: 160, vocabulary: 37, positions: positions, valueHeadWidth: 16)
    let model = Transformer(configuration, mode: mode)
    model.initialize(RandomStream(seed: 43, purpose: "tests/weights"))
    var random = TestRandom(43, "tests/texts")
    let texts = (0..<2).map { random.tokens(140 + $0, vocabulary: 37) }
    try #require(Shard.cut(CrossEntropy(texts: texts).inputs).count == 2)
    try withPool(threads: 2) { pool in
      func gradient() -> [Float] {
        let lanes = GradientLanes(count: model.layout.count)
        let runner = ShardRunner(configuration, pool: pool)
        _ = CrossEntropy(texts: texts).gradient(model, runner: runner, into: lanes)
        return Array(UnsafeBufferPointer(start: lanes.total, count: model.layout.count))
      }
      let without = gradient()
      #expect(without.contains { $0 != 0 })
      model.prepareTraining(pool: pool, shards: 3)
      #expect(bitMismatch(gradient(), without) == nil)
      // Panels of weights that changed since are not used.
      let tokens = try #require(model.layout.entry("wte.weight"))
      model.update { $0[tokens.offset] += 0.5 }
      let changed = gradient()
      #expect(bitMismatch(changed, without) != nil)
      model.prepareTraining(pool: pool, shards: 3)
      #expect(bitMismatch(gradient(), changed) == nil)
    }
  }

  /// A model on top needs some panels of its base only, and takes none away from it.
  @Test func packsThePanelsOfABaseThatAModelOnTopReads() throws {
    var configuration = try ModelConfiguration(
      layers: 2, heads: 2, width: 40, context: 160, vocabulary: 37, valueHeadWidth: 0)
    let base = Transformer(configuration)
    base.initialize(RandomStream(seed: 44, purpose: "tests/weights"))
    configuration.frozen = .tokenTable
    let top = Transformer(configuration, on: base)
    _ = top.load(from: base)
    var random = TestRandom(44, "tests/texts")
    let batch = TokenBatch((0..<2).map { random.tokens(70 + $0, vocabulary: 37) })
    let expected = forward(base.copy(), batch).logits
    let all = base.layers.plan.products
    let frozen = all.filter { product in top.layers.plan.frozenProducts.contains { $0.index == product.index } }
    try #require(frozen.count == 1 && all.count > 1)
    func packed(_ products: [Product]) -> Int {
      products.count { if case .panels = base.weights.forwardOperand($0) { true } else { false } }
    }
    try withPool(threads: 2) { pool in
      top.prepare(pool: pool)
      try #require(packed(all) == 1 && packed(frozen) == 1)
      #expect(bitMismatch(forward(top, batch).logits, expected) == nil)
      base.prepare(pool: pool)
      #expect(packed(all) == all.count)
      top.prepare(pool: pool)
      #expect(packed(all) == all.count)
      #expect(bitMismatch(forward(base, batch).logits, expected) == nil)
      base.update { _ in }
      #expect(packed(all) == 0)
    }
  }
}
