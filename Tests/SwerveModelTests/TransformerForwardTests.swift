import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// Models and texts that the forward and gradient tests share.
struct ModelCase: Sendable, CustomTestStringConvertible {
  let layers: Int
  let heads: Int
  let width: Int
  let positions: PositionEncoding
  let valueHeadWidth: Int
  static let context = 23
  static let vocabulary = 11

  var testDescription: String {
    "\(layers) layers, \(heads) heads, width \(width), \(positions.rawValue), value head \(valueHeadWidth)"
  }

  func model(seed: UInt64, mode: MathMode = .exact) throws -> Transformer {
    let configuration = try ModelConfiguration(
      layers: layers, heads: heads, width: width, context: Self.context, vocabulary: Self.vocabulary,
      positions: positions, valueHeadWidth: valueHeadWidth)
    return randomModel(configuration, seed: seed, standardDeviation: 1 / Float(width).squareRoot(), mode: mode)
  }

  /// Ragged texts, by default one of a single token and one as long as the context; some start past position 0.
  func batch(_ lengths: [Int] = [5, 1, context, 9], seed: UInt64) -> TokenBatch {
    var random = TestRandom(seed, "tests/texts")
    return TokenBatch(
      lengths.map { random.tokens($0, vocabulary: Self.vocabulary) },
      positions: lengths.map { random.within(0...Self.context - $0) })
  }

  static let all = [
    ModelCase(layers: 2, heads: 2, width: 12, positions: .learned, valueHeadWidth: 0),
    ModelCase(layers: 2, heads: 3, width: 12, positions: .rotary, valueHeadWidth: 0),
    ModelCase(layers: 1, heads: 1, width: 16, positions: .learned, valueHeadWidth: 5),
    ModelCase(layers: 3, heads: 2, width: 8, positions: .rotary, valueHeadWidth: 8),
  ]
}

/// Text `row` of a batch.
func text(_ row: Int, of batch: TokenBatch) -> [Int32] {
  Array(batch.tokens[batch.starts[row]..<batch.starts[row + 1]])
}

/// Hidden states, logits and values of a whole batch, token after token.
func forward(_ model: Transformer, _ batch: TokenBatch, threads: Int = 1) -> (
  hidden: [Float], logits: [Float], values: [Float]
) {
  let c = model.configuration
  let n = batch.tokens.count
  let hidden = FloatBuffer(count: n * c.width)
  let logits = FloatBuffer(count: n * c.vocabulary)
  let values = FloatBuffer(count: n)
  withPool(threads: threads) { pool in
    ShardRunner(c, pool: pool).forward(model, batch) { shard, a, _ in
      let first = shard.tokens.lowerBound
      let count = shard.tokens.count
      (hidden.pointer + first * c.width).update(from: a.hidden.pointer, count: count * c.width)
      (logits.pointer + first * c.vocabulary).update(from: a.logits.pointer, count: count * c.vocabulary)
      if c.valueHeadWidth > 0 { (values.pointer + first).update(from: a.values.pointer, count: count) }
    }
  }
  return (hidden.array, logits.array, values.array)
}

@Suite struct TransformerForwardTests {
  /// Relative to the largest element. Each layer adds a few roundings of the residual stream, 6e-8 each; norms and the
  /// softmax pass them on about as they are: 1e-6 is 16 of them for up to 3 layers.
  static let room = 1e-6

  @Test(arguments: ModelCase.all, [1, 2] as [UInt64])
  func matchesTheForwardPassInDouble(item: ModelCase, seed: UInt64) throws {
    let model = try item.model(seed: seed)
    let batch = item.batch(seed: seed)
    let found = forward(model, batch)
    let twin = DoubleGPT(model)
    let expected = (0..<batch.rows).map { twin.forward(text($0, of: batch), first: batch.positions[$0]) }
    #expect(
      relativeError(found.hidden, expected.flatMap { $0.hidden.flatMap { $0 } }) < Self.room, "hidden, seed \(seed)")
    #expect(
      relativeError(found.logits, expected.flatMap { $0.logits.flatMap { $0 } }) < Self.room, "logits, seed \(seed)")
    if item.valueHeadWidth > 0 {
      #expect(relativeError(found.values, expected.flatMap { $0.values }) < Self.room, "values, seed \(seed)")
    }
  }

  /// OpenBLAS adds in another order: the same bound, twice.
  @Test(arguments: ModelCase.all)
  func agreesWithExactMathUnderBLAS(item: ModelCase) throws {
    let batch = item.batch(seed: 3)
    let exact = forward(try item.model(seed: 3), batch)
    let blas = forward(try item.model(seed: 3, mode: .blas), batch)
    #expect(relativeError(blas.hidden, exact.hidden) < 2 * Self.room)
    #expect(relativeError(blas.logits, exact.logits) < 2 * Self.room)
  }

  /// A text's bits do not depend on the texts beside it: on how a batch is put together or cut into shards.
  @Test(arguments: ModelCase.all)
  func givesATextTheSameBitsBesideAnyOthers(item: ModelCase) throws {
    let model = try item.model(seed: 4)
    let batch = item.batch(seed: 4)
    let v = ModelCase.vocabulary
    let together = forward(model, batch).logits
    for row in 0..<batch.rows {
      let alone = forward(model, TokenBatch([text(row, of: batch)], positions: [batch.positions[row]])).logits
      #expect(
        bitMismatch(alone, Array(together[batch.starts[row] * v..<batch.starts[row + 1] * v])) == nil, "text \(row)")
    }
  }

  /// With rotary positions only distances count: a shifted text gives the same numbers, though not the same bits.
  @Test func givesTheSameRotaryLogitsWhereverTheTextStarts() throws {
    let model = try ModelCase.all[1].model(seed: 5)
    var random = TestRandom(5)
    let tokens = random.tokens(9, vocabulary: ModelCase.vocabulary)
    let found = forward(model, TokenBatch([tokens, tokens], positions: [0, 14])).logits
    let half = found.count / 2
    #expect(relativeError(Array(found[half...]), Array(found[..<half])) < 2e-6)
  }

  @Test func copiesTheSameModel() throws {
    let item = ModelCase.all[3]
    let model = try item.model(seed: 6)
    let batch = item.batch(seed: 6)
    #expect(bitMismatch(forward(model.copy(), batch).logits, forward(model, batch).logits) == nil)
    let other = Transformer(model.configuration)
    #expect(other.load(from: model).isEmpty)
    #expect(bitMismatch(allWeights(other), allWeights(model)) == nil)
  }

  /// A model with a critic takes over what a model without one has, and says what is missing.
  @Test func namesWhatTheSourceLacksWhenLoading() throws {
    let source = try ModelCase.all[0].model(seed: 7)
    var configuration = source.configuration
    configuration.valueHeadWidth = 4
    let model = Transformer(configuration)
    #expect(
      model.load(from: source) == [
        "value.0.weight", "value.0.bias", "value.1.weight", "value.1.bias", "value.2.weight", "value.2.bias",
      ])
    let batch = ModelCase.all[0].batch(seed: 7)
    #expect(bitMismatch(forward(model, batch).logits, forward(source, batch).logits) == nil)
  }
}
