import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// Shapes of llama, qwen2 and qwen3 of random sizes.
struct DecoderCase: Sendable, CustomTestStringConvertible, CustomStringConvertible {
  let family: String
  let seed: UInt64
  let configuration: ModelConfiguration

  /// Other sizes for each seed: heads that together are wider or narrower than the model, groups of one to four, widths
  /// on both sides of a vector.
  init(_ family: String, seed: UInt64) throws {
    (self.family, self.seed) = (family, seed)
    var random = TestRandom(seed, "tests/shapes")
    let (shared, group) = (random.within(1...3), random.within(1...5))
    var c = try ModelConfiguration(
      family: ModelFamily.all.first { $0.name == family } ?? .llama, layers: random.within(1...2),
      heads: shared * group, width: random.within(5...20), context: 64, vocabulary: random.within(7...20),
      positions: .rotary, keyValueHeads: shared, headWidth: [2, 4, 6, 10, 16, 32][random.within(0...5)],
      innerWidth: random.within(3...24), valueHeadWidth: random.within(0...1) * 5)
    c.isTied = random.within(0...1) == 1
    c.layerNormEpsilon = [1e-6, 1e-5, 1e-2][random.within(0...2)]
    c.rotary.base = [1000, 10_000, 500_000, 1e6][random.within(0...3)]
    switch random.within(0...2) {
    case 0: break
    case 1: c.rotary.scaling = .llama3(factor: 8, low: 1, high: 4, original: 16)
    default: c.rotary.scaling = .divisors(random.uniforms(c.headWidth / 2, in: 1...8))
    }
    try c.check()
    configuration = c
  }

  var description: String { "\(family), seed \(seed)" }
  var testDescription: String { description }

  func model(mode: MathMode = .exact) -> Transformer {
    randomModel(
      configuration, seed: seed, standardDeviation: 1 / Float(configuration.width).squareRoot(), mode: mode)
  }

  func texts(_ lengths: [Int]) -> [[Int32]] {
    var random = TestRandom(seed, "tests/texts")
    return lengths.map { random.tokens($0, vocabulary: configuration.vocabulary) }
  }

  static let families = ["llama", "qwen2", "qwen3"]
  /// Drawn anew in each run; failures show it.
  static let seed = UInt64.random(in: 0..<1 << 32)

  static let all: [DecoderCase] = families.flatMap { family in
    [1, 2, 3, seed].compactMap { try? DecoderCase(family, seed: $0) }
  }
}

@Suite struct RotaryDecoderTests {
  @Test func makesAShapeOfEverySeed() { #expect(DecoderCase.all.count == 12) }

  /// The bounds are those of TransformerForwardTests.
  @Test(arguments: DecoderCase.all)
  func matchesTheForwardPassInDouble(item: DecoderCase) {
    let model = item.model()
    let texts = item.texts([5, 1, 40, 9])
    let batch = TokenBatch(texts, positions: [0, 63, 3, 20])
    let found = forward(model, batch)
    let twin = DoubleDecoder(model)
    let expected = zip(texts, batch.positions).map { twin.forward($0, first: $1) }
    #expect(relativeError(found.hidden, expected.flatMap { $0.hidden.flatMap { $0 } }) < 2e-6, "\(item)")
    #expect(relativeError(found.logits, expected.flatMap { $0.logits.flatMap { $0 } }) < 2e-6, "\(item)")
    if item.configuration.valueHeadWidth > 0 {
      #expect(relativeError(found.values, expected.flatMap(\.values)) < 2e-6, "\(item)")
    }
  }

  /// One element of every tensor, and one random direction through all of its elements at once.
  @Test(arguments: DecoderCase.all.filter { $0.seed != 2 && $0.seed != 3 })
  func matchesTheSlopeOfTheTwinInEveryTensor(item: DecoderCase) {
    let model = item.model()
    let texts = item.texts([4, 1, 6])
    let batch = TokenBatch(texts)
    let v = item.configuration.vocabulary
    var random = TestRandom(item.seed, "tests/loss")
    let dLogits = random.normals(batch.tokens.count * v)
    let lanes = GradientLanes(count: model.layout.count)
    withPool(threads: 1) { pool in
      ShardRunner(item.configuration, pool: pool).gradient(model, batch, into: lanes) { shard, _, w in
        for i in 0..<shard.tokens.count * v { w.dLogits.pointer[i] = dLogits[shard.tokens.lowerBound * v + i] }
        w.dValues.zero(first: item.configuration.valueHeadWidth > 0 ? shard.tokens.count : 0)
      }
    }
    let twin = DoubleDecoder(model)
    func slope(_ name: String, along direction: [Double]) -> Double {
      SwerveTestSupport.slope(twin.parameters[name] ?? [], along: direction, step: 1e-5) { values in
        var moved = twin
        moved.parameters[name] = values
        let logits = texts.flatMap { moved.forward($0).logits.flatMap { $0 } }
        return zip(logits, dLogits).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
    }
    for entry in model.layout.entries where !entry.name.hasPrefix("value.") {
      let gradient = tensor(entry.name, of: lanes.total, model)
      let largest = gradient.reduce(0) { max($0, abs(Double($1))) }
      #expect(largest > 0, "\(entry.name), \(item)")
      let place = random.within(0...entry.count - 1)
      var one = [Double](repeating: 0, count: entry.count)
      one[place] = 1
      let difference = abs(slope(entry.name, along: one) - Double(gradient[place]))
      #expect(difference < 6e-6 * largest, "\(entry.name)[\(place)], off by \(difference / largest), \(item)")
      let direction = random.normals(entry.count).map(Double.init)
      let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let unit = direction.map { $0 / norm }
      let found = zip(unit, gradient).reduce(0) { $0 + $1.0 * Double($1.1) }
      let off = abs(slope(entry.name, along: unit) - found)
      #expect(off < 6e-6 * largest, "\(entry.name) along a direction, off by \(off / largest), \(item)")
    }
  }

  @Test(arguments: DecoderCase.all)
  func decodesTheBitsOfTheForwardPass(item: DecoderCase) throws {
    let model = item.model()
    var random = TestRandom(item.seed, "tests/prompts")
    let v = item.configuration.vocabulary
    for (texts, threads, shared, tokens) in [(1, 1, false, 1), (9, 2, true, 1), (23, 3, false, 4), (5, 2, true, 8)] {
      let prompts = (0..<texts).map { _ in random.tokens(random.within(1...30), vocabulary: v) }
      try expectBitsOfTheForwardPass(
        model, prompts: prompts, length: 50, threads: threads, sharesSteps: shared, tokensPerStep: tokens,
        seed: item.seed, "\(item)")
    }
  }

  /// Losses, norms, gradients and weights of three steps; with and without panels, as two shards need none.
  @Test(arguments: DecoderCase.all.filter { $0.seed < 3 }, [MathMode.exact, .blas])
  func trainsToTheSameBitsAtAnyNumberOfThreads(item: DecoderCase, mode: MathMode) {
    for count in [6, 60] {
      let texts = item.texts((0..<count).map { 2 + $0 * 7 % 50 })
      func train(threads: Int) -> (numbers: [Float], weights: [Float]) {
        let model = item.model(mode: mode)
        let lanes = GradientLanes(count: model.layout.count)
        let numbers = withPool(threads: threads) { pool in
          let optimizer = AdamW(model, options: AdamW.Options())
          let runner = ShardRunner(model.configuration, pool: pool)
          return (0..<3).flatMap { _ in
            let loss = CrossEntropy(texts: texts).gradient(model, runner: runner, into: lanes)
            return [loss, optimizer.update(gradient: lanes.total, learningRate: 3e-3, pool: pool)]
          }
        }
        return (numbers + UnsafeBufferPointer(start: lanes.total, count: model.layout.count), allWeights(model))
      }
      let expected = train(threads: 1)
      for threads in [2, 3, 5, 8] {
        let found = train(threads: threads)
        #expect(bitMismatch(found.numbers, expected.numbers) == nil, "\(threads) threads, \(item)")
        #expect(bitMismatch(found.weights, expected.weights) == nil, "\(threads) threads, \(item)")
      }
    }
  }

  /// One or two shards pack weights as they go, more of them before they start: where one was packed shows nowhere.
  @Test(arguments: DecoderCase.all.filter { $0.seed == 1 })
  func givesTheSameGradientWithoutPanels(item: DecoderCase) {
    let model = item.model()
    let texts = item.texts([60, 60, 60, 60])
    withPool(threads: 2) { pool in
      func gradient() -> [Float] {
        let lanes = GradientLanes(count: model.layout.count)
        let runner = ShardRunner(item.configuration, pool: pool)
        _ = CrossEntropy(texts: texts).gradient(model, runner: runner, into: lanes)
        return Array(UnsafeBufferPointer(start: lanes.total, count: model.layout.count))
      }
      let without = gradient()
      model.prepareTraining(pool: pool, shards: 3)
      #expect(bitMismatch(gradient(), without) == nil, "\(item)")
    }
  }

  @Test func initializesAFreshModelByTheRolesOfItsLayers() throws {
    let item = try DecoderCase("qwen3", seed: 5)
    let model = Transformer(item.configuration)
    model.initialize(RandomStream(seed: 5, purpose: "tests/weights"))
    for entry in model.layout.entries {
      let values = tensor(entry.name, of: model.parameters, model)
      if entry.name.hasSuffix("norm.weight") {
        #expect(values.allSatisfy { $0 == 1 } && !entry.role.decays, "\(entry.name)")
      } else if entry.name.hasSuffix("bias") {
        #expect(values.allSatisfy { $0 == 0 } && !entry.role.decays, "\(entry.name)")
      } else {
        #expect(Set(values).count > entry.count / 2 && entry.role.decays, "\(entry.name)")
      }
    }
  }
}
