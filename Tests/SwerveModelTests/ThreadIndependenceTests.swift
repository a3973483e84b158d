import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// The same bits at any number of threads, and OpenBLAS beside exact math.
@Suite struct ThreadIndependenceTests {
  /// About 2,700 tokens in 10 shards: more than there are lanes and threads.
  static let texts: [[Int32]] = {
    var random = TestRandom(51, "tests/texts")
    return (0..<120).map { _ in random.tokens(random.within(2...45), vocabulary: 19) }
  }()

  private func model(_ positions: PositionEncoding, mode: MathMode = .exact) throws -> Transformer {
    let configuration = try ModelConfiguration(
      layers: 2, heads: 3, width: 24, context: 44, vocabulary: 19, positions: positions, valueHeadWidth: 6)
    return randomModel(configuration, seed: 52, mode: mode)
  }

  /// Losses, the last gradient and the weights after some steps of training.
  private func train(
    _ positions: PositionEncoding, steps: Int, threads: Int, mode: MathMode = .exact
  ) throws -> (losses: [Float], gradient: [Float], weights: [Float]) {
    let model = try model(positions, mode: mode)
    let lanes = GradientLanes(count: model.layout.count)
    let losses = withPool(threads: threads) { pool in
      let optimizer = AdamW(model, options: AdamW.Options())
      let runner = ShardRunner(model.configuration, pool: pool)
      return (0..<steps).flatMap { step in
        let loss = CrossEntropy(texts: Array(Self.texts.dropFirst(step))).gradient(model, runner: runner, into: lanes)
        return [loss, optimizer.update(gradient: lanes.total, learningRate: 3e-3, pool: pool)]
      }
    }
    let gradient = Array(UnsafeBufferPointer(start: lanes.total, count: model.layout.count))
    return (losses, gradient, allWeights(model))
  }

  @Test(arguments: PositionEncoding.allCases, MathMode.allCases)
  func trainsToTheSameBitsAtAnyNumberOfThreads(positions: PositionEncoding, mode: MathMode) throws {
    #expect(Shard.cut(TokenBatch(Self.texts)).count > 8)
    let expected = try train(positions, steps: 3, threads: 1, mode: mode)
    for threads in threadCounts.dropFirst() {
      let found = try train(positions, steps: 3, threads: threads, mode: mode)
      #expect(bitMismatch(found.losses, expected.losses) == nil, "\(threads) threads")
      #expect(bitMismatch(found.gradient, expected.gradient) == nil, "\(threads) threads")
      #expect(bitMismatch(found.weights, expected.weights) == nil, "\(threads) threads")
    }
    #expect(expected.losses[4] < expected.losses[0], "the loss falls")
  }

  /// Forward and backward of kept shards are those of the one-pass gradient, shard by shard.
  @Test func givesTheSameBitsWithKeptActivations() throws {
    let model = try model(.learned)
    let batch = TokenBatch(Self.texts.map { Array($0.dropLast()) })
    func fill(_ shard: Shard, _ w: Workspace) {
      for i in 0..<shard.tokens.count * 19 {
        w.dLogits.pointer[i] = Float((i + shard.tokens.lowerBound) % 7 - 3) * 0.01
      }
      for i in 0..<shard.tokens.count { w.dValues.pointer[i] = Float(i % 5) * 0.01 }
    }
    var results: [[Float]] = []
    for threads in [1, 2] {
      withPool(threads: threads) { pool in
        let runner = ShardRunner(model.configuration, pool: pool)
        let lanes = GradientLanes(count: model.layout.count)
        runner.gradient(model, batch, into: lanes) { shard, _, w in fill(shard, w) }
        results.append(Array(UnsafeBufferPointer(start: lanes.total, count: model.layout.count)))
        runner.forwardKeeping(model, batch, lanes: lanes) { _, _, _ in }
        runner.backward(model, batch, into: lanes, detachValue: false) { shard, _, w in fill(shard, w) }
        results.append(Array(UnsafeBufferPointer(start: lanes.total, count: model.layout.count)))
      }
    }
    for result in results.dropFirst() { #expect(bitMismatch(result, results[0]) == nil) }
  }

  /// One gradient by OpenBLAS: sums over up to 300 tokens and 72 channels in another order. After steps of Adam there
  /// is no such bound, as it divides small gradients by their own size.
  @Test(arguments: PositionEncoding.allCases)
  func agreesWithExactMathUnderBLAS(positions: PositionEncoding) throws {
    let exact = try train(positions, steps: 1, threads: 2)
    let blas = try train(positions, steps: 1, threads: 2, mode: .blas)
    #expect(mismatch(blas.losses, exact.losses, relative: 1e-6) == nil)
    let layout = try model(positions).layout
    for entry in layout.entries {
      let range = entry.offset..<entry.offset + entry.count
      let error = relativeError(Array(blas.gradient[range]), Array(exact.gradient[range]))
      #expect(error < 3e-6, "\(entry.name): \(error)")
    }
  }

  /// What is left of it in the losses and norms of the first steps.
  @Test(arguments: PositionEncoding.allCases)
  func staysCloseInAShortTrainingWithBLAS(positions: PositionEncoding) throws {
    let exact = try train(positions, steps: 5, threads: 2)
    let blas = try train(positions, steps: 5, threads: 2, mode: .blas)
    #expect(mismatch(blas.losses, exact.losses, relative: 1e-5) == nil)
  }
}
