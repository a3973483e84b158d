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
}
