import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

@Suite struct EncoderTests {
  /// Drawn anew in each run; failures show it.
  static let seeds: [UInt64] = [1, 2, UInt64.random(in: 0..<1 << 32)]

  private struct Case {
    let model: Transformer
    let seed: UInt64

    init(seed: UInt64) throws {
      self.seed = seed
      var random = TestRandom(seed, "tests/shapes")
      let heads = random.within(1...3)
      let width = heads * random.within(2...8)
      var c = try ModelConfiguration(
        family: .bert, layers: random.within(1...2), heads: heads, width: width, context: 70,
        vocabulary: random.within(5...20), innerWidth: random.within(3...24), tokenTypes: random.within(1...3))
      c.layerNormEpsilon = [1e-12, 1e-5][random.within(0...1)]
      try c.check()
      model = randomModel(c, seed: seed, standardDeviation: 1 / Float(width).squareRoot())
    }

    func batch(_ lengths: [Int]) -> TokenBatch {
      var random = TestRandom(seed, "tests/texts")
      let c = model.configuration
      return TokenBatch(
        lengths.map { random.tokens($0, vocabulary: c.vocabulary) },
        types: lengths.map { random.tokens($0, vocabulary: c.tokenTypes) })
    }

    func twin(_ batch: TokenBatch, _ twin: DoubleEncoder) -> [(hidden: [[Double]], pooled: [Double])] {
      (0..<batch.rows).map {
        let range = batch.starts[$0]..<batch.starts[$0 + 1]
        return twin.forward(Array(batch.tokens[range]), types: Array(batch.types[range]))
      }
    }
  }

  @Test(arguments: seeds)
  func matchesOutputsAndGradientsOfTheTwin(seed: UInt64) throws {
    let item = try Case(seed: seed)
    let model = item.model
    let batch = item.batch([5, 1, 3])
    let c = model.configuration.width
    let found = encode(model, batch)
    let expected = item.twin(batch, DoubleEncoder(model))
    #expect(relativeError(found.hidden, expected.flatMap { $0.hidden.flatMap { $0 } }) < 2e-6, "seed \(seed)")
    #expect(relativeError(found.pooled, expected.flatMap(\.pooled)) < 2e-6, "seed \(seed)")
    var random = TestRandom(seed, "tests/loss")
    let dHidden = random.normals(batch.tokens.count * c)
    let dPooled = random.normals(batch.rows * c)
    let lanes = GradientLanes(count: model.layout.count)
    withPool(threads: 1) { pool in
      ShardRunner(model.configuration, pool: pool).gradient(model, batch, into: lanes) { shard, _, w in
        w.dHidden.pointer.update(from: Array(dHidden[(shard.tokens.lowerBound * c)...]), count: shard.tokens.count * c)
        w.dPooled.pointer.update(from: Array(dPooled[(shard.rows.lowerBound * c)...]), count: shard.rows.count * c)
      }
    }
    let twin = DoubleEncoder(model)
    func loss(_ twin: DoubleEncoder) -> Double {
      let outputs = item.twin(batch, twin)
      let hidden = zip(outputs.flatMap { $0.hidden.flatMap { $0 } }, dHidden)
      let pooled = zip(outputs.flatMap(\.pooled), dPooled)
      return hidden.reduce(0) { $0 + $1.0 * Double($1.1) } + pooled.reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    for entry in model.layout.entries {
      let gradient = tensor(entry.name, of: lanes.total, model)
      // The gradient of keys' biases is 0 in theory; of other tensors only rounding is left of 0.
      let largest = max(gradient.reduce(0) { max($0, abs(Double($1))) }, 0.1)
      let direction = random.normals(entry.count).map(Double.init)
      let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let unit = direction.map { $0 / norm }
      let slope = SwerveTestSupport.slope(twin.parameters[entry.name] ?? [], along: unit, step: 1e-5) { values in
        var moved = twin
        moved.parameters[entry.name] = values
        return loss(moved)
      }
      let off = abs(slope - zip(unit, gradient).reduce(0) { $0 + $1.0 * Double($1.1) })
      #expect(off < 6e-6 * largest, "\(entry.name), off by \(off / largest), seed \(seed)")
    }
  }

  @Test func givesTheSameBitsWithAnyThreadsAndNeighbours() throws {
    let item = try Case(seed: 3)
    let c = item.model.configuration.width
    let batch = item.batch((0..<40).map { 1 + $0 * 13 % 70 })
    let expected = encode(item.model, batch)
    for threads in [2, 3, 5, 8] {
      let found = encode(item.model, batch, threads: threads)
      #expect(bitMismatch(found.hidden, expected.hidden) == nil && bitMismatch(found.pooled, expected.pooled) == nil)
    }
    for row in [0, 7, 39] {
      let range = batch.starts[row]..<batch.starts[row + 1]
      let alone = encode(
        item.model, TokenBatch([Array(batch.tokens[range])], types: [Array(batch.types[range])]))
      #expect(bitMismatch(alone.pooled, Array(expected.pooled[row * c..<(row + 1) * c])) == nil, "text \(row)")
    }
    func gradient(threads: Int) -> [Float] {
      let lanes = GradientLanes(count: item.model.layout.count)
      withPool(threads: threads) { pool in
        ShardRunner(item.model.configuration, pool: pool).gradient(item.model, batch, into: lanes) { shard, a, w in
          for i in 0..<shard.tokens.count * c { w.dHidden.pointer[i] = a.hidden.pointer[i] * 0.01 }
          for i in 0..<shard.rows.count * c { w.dPooled.pointer[i] = a.pooled.pointer[i] }
        }
      }
      return Array(UnsafeBufferPointer(start: lanes.total, count: item.model.layout.count))
    }
    let one = gradient(threads: 1)
    for threads in [2, 3, 5, 8] { #expect(bitMismatch(gradient(threads: threads), one) == nil, "\(threads) threads") }
  }

  /// Without types, all tokens are of type 0.
  @Test func takesTypeZeroWithoutTypes() throws {
    let item = try Case(seed: 4)
    let texts: [[Int32]] = [[1, 2, 3], [4]]
    let without = encode(item.model, TokenBatch(texts))
    let with = encode(item.model, TokenBatch(texts, types: [[0, 0, 0], [0]]))
    #expect(bitMismatch(without.hidden, with.hidden) == nil)
  }

  @Test func rejectsGenerationByAnEncoder() throws {
    let model = try Case(seed: 5).model
    let error = #expect(throws: ModelError.self) {
      try withPool(threads: 1) { pool in
        try Sampler(model, pool: pool).generate(
          prompts: [[1]], rules: [NeverStop()], limits: [1], mode: .greedy,
          stream: RandomStream(seed: 1, purpose: "tests"), step: 0)
      }
    }
    #expect(
      error?.message
        == "a model of family bert is an encoder: it predicts no next tokens, so it can't generate text")
  }

  @Test func rejectsTextsAndTypesThatDoNotFit() throws {
    var c = try Case(seed: 6).model.configuration
    c.tokenTypes = 2
    func message(_ texts: [[Int32]], _ types: [[Int32]]) -> String? {
      do {
        try TokenBatch(texts, types: types).check(c)
        return nil
      } catch { return error.message }
    }
    #expect(message([[1, 2]], [[0, 1]]) == nil)
    #expect(message([[1, 2]], [[0, 2]]) == "token 1 has type 2, but the model has 2 types, counted from 0")
    #expect(message([[1, 2]], [[-1, 0]]) == "token 0 has type -1, but the model has 2 types, counted from 0")
    #expect(message([[1, 2]], [[0]]) == "there are 1 types of 2 tokens")
    #expect(message([[1], []], []) == "text 1 holds no token, and an encoder needs one at least")
  }
}
