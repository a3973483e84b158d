import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

@Suite struct KeptActivationsTests {
  /// The gradient of a loss over a whole batch, from activations that are kept as far as `limit` goes.
  /// - Parameter leftover: what the lanes hold before.
  private func gradient(
    limit: Int, threads: Int, mode: MathMode = .exact, leftover: Float = 0,
    _ positions: PositionEncoding = .learned
  ) throws -> [Float] {
    let configuration = try ModelConfiguration(
      layers: 2, heads: 2, width: 32, context: 160, vocabulary: 13, positions: positions, valueHeadWidth: 16)
    let model = Transformer(configuration, mode: mode)
    model.initialize(RandomStream(seed: 41, purpose: "tests/weights"))
    var random = TestRandom(41, "tests/texts")
    let batch = TokenBatch((0..<9).map { random.tokens(100 + 7 * $0, vocabulary: 13) })
    return withPool(threads: threads) { pool in
      let runner = ShardRunner(configuration, pool: pool, keptLimit: limit)
      let lanes = GradientLanes(count: model.layout.count)
      lanes.accumulate(shards: 8, pool: pool) { _, gradient, _ in
        for entry in model.layout.entries {
          (gradient.pointer + entry.offset).update(repeating: leftover, count: entry.count)
        }
      }
      runner.forwardKeeping(model, batch, lanes: lanes) { _, _, _ in }
      runner.backward(model, batch, into: lanes, detachValue: false) { shard, a, w in
        // A gradient that depends on the forward pass.
        for i in 0..<shard.tokens.count * 13 { w.dLogits.pointer[i] = a.logits.pointer[i] * 0.01 }
        for i in 0..<shard.tokens.count { w.dValues.pointer[i] = 0.01 }
      }
      return Array(UnsafeBufferPointer(start: lanes.total, count: model.layout.count))
    }
  }

  @Test(arguments: [1, 3])
  func givesTheSameGradientFromRecomputedActivations(threads: Int) throws {
    let kept = try gradient(limit: 64 << 20, threads: 1)
    #expect(kept.contains { $0 != 0 })
    #expect(bitMismatch(try gradient(limit: 0, threads: threads), kept) == nil)
  }

  @Test(arguments: PositionEncoding.allCases)
  func ignoresWhatTheLanesHeldBefore(positions: PositionEncoding) throws {
    let clean = try gradient(limit: 64 << 20, threads: 2, positions)
    for leftover in [7, .nan] as [Float] {
      let found = try gradient(limit: 64 << 20, threads: 2, leftover: leftover, positions)
      #expect(bitMismatch(found, clean) == nil, "\(leftover)")
    }
  }

  @Test func givesOneGradientUnderBLASCloseToTheExactOne() throws {
    let one = try gradient(limit: 64 << 20, threads: 1, mode: .blas)
    for threads in [2, 3] { #expect(bitMismatch(try gradient(limit: 0, threads: threads, mode: .blas), one) == nil) }
    let exact = try gradient(limit: 64 << 20, threads: 1)
    let largest = exact.map(abs).max() ?? 0
    let error = zip(one, exact).map { abs($0 - $1) }.max() ?? 0
    #expect(error <= 1e-5 * largest, "largest difference \(error), largest gradient \(largest), seed 41")
  }
}
