import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// A model, prompts and limits for the sampler.
private struct SamplingCase {
  let model: Transformer
  var prompts: [[Int32]]
  var limits: [Int]
  let stream: RandomStream

  init(
    heads: Int, headWidth: Int, _ positions: PositionEncoding, texts: Int, seed: UInt64, context: Int = 48,
    vocabulary: Int = 13
  ) throws {
    let configuration = try ModelConfiguration(
      layers: 2, heads: heads, width: heads * headWidth, context: context, vocabulary: vocabulary, positions: positions)
    model = randomModel(configuration, seed: seed, standardDeviation: 1.5 / Float(heads * headWidth).squareRoot())
    var random = TestRandom(seed, "tests/prompts")
    // Of any length from one token to a context that leaves room for a single generated one.
    let lengths = (0..<texts).map { $0 == 0 ? 1 : $0 == 1 ? context - 1 : random.within(1...context / 2) }
    prompts = lengths.map { random.tokens($0, vocabulary: vocabulary) }
    limits = lengths.map { random.within(1...context - $0) }
    stream = RandomStream(seed: seed, purpose: "tests/tokens")
  }

  func generate(
    _ mode: SamplingMode = .sample(temperature: 1.3), threads: Int = 1, sharesSteps: Bool? = nil
  ) throws -> [Generation] {
    try withPool(threads: threads) { pool in
      try Sampler(model, pool: pool, sharesSteps: sharesSteps).generate(
        prompts: prompts, rules: prompts.map { _ in Stop(token: 5) }, limits: limits, mode: mode, stream: stream,
        step: 9)
    }
  }

  /// The log-probabilities of the generated tokens by one pass over the finished texts.
  func fullPass(_ generations: [Generation], temperature: Float) -> [[Float]] {
    let texts = zip(prompts, generations).map { Array(($0 + $1.tokens).dropLast()) }
    let batch = TokenBatch(texts)
    let v = model.configuration.vocabulary
    let logits = forward(model, batch).logits
    return generations.indices.map { row in
      let first = batch.starts[row] + prompts[row].count - 1
      return generations[row].tokens.enumerated().map { t, token in
        let one = Array(logits[(first + t) * v..<(first + t + 1) * v])
        return SoftmaxRow(one, count: v, inverseTemperature: 1 / temperature)
          .logp(one[Int(token)])
      }
    }
  }
}

@Suite struct DecodingTests {
  static let shapes = [(2, 8), (3, 16), (2, 32), (4, 4), (1, 20), (9, 16)]

  @Test(arguments: shapes, PositionEncoding.allCases)
  func samplesTheLogProbabilitiesOfAFullPass(_ shape: (heads: Int, width: Int), positions: PositionEncoding) throws {
    let item = try SamplingCase(heads: shape.heads, headWidth: shape.width, positions, texts: 8, seed: 31)
    for threads in [1, 3] {
      let found = try item.generate(threads: threads)
      let expected = item.fullPass(found, temperature: 1.3)
      for (row, generation) in found.enumerated() {
        #expect(bitMismatch(generation.logp, expected[row]) == nil, "text \(row), \(threads) threads, seed 31")
        #expect(generation.logp.count == generation.tokens.count)
      }
    }
  }

  @Test(arguments: [1, 3], [true, false])
  func keepsTheLogitsOfAFullPass(threads: Int, shared: Bool) throws {
    let item = try SamplingCase(heads: 2, headWidth: 16, .rotary, texts: 12, seed: 33)
    let found = try withPool(threads: threads) { pool in
      try Sampler(item.model, pool: pool, sharesSteps: shared).generate(
        prompts: item.prompts, rules: item.prompts.map { _ in Stop(token: 5) }, limits: item.limits,
        mode: .sample(temperature: 1.3), stream: item.stream, step: 9, keepsLogits: true)
    }
    let batch = TokenBatch(zip(item.prompts, found).map { $0 + $1.tokens.dropLast() })
    let logits = forward(item.model, batch).logits
    for (row, generation) in found.enumerated() {
      let first = (batch.starts[row] + item.prompts[row].count - 1) * 13
      let expected = Array(logits[first..<first + 13 * generation.tokens.count])
      #expect(bitMismatch(rows(generation), expected) == nil, "text \(row), seed 33")
    }
  }

  @Test(arguments: [true, false])
  func givesTheSameTextsWhenUsedAgain(shared: Bool) throws {
    let item = try SamplingCase(heads: 2, headWidth: 16, .learned, texts: 12, seed: 34)
    let expected = try item.generate()
    try withPool(threads: 2) { pool in
      let sampler = Sampler(item.model, pool: pool, sharesSteps: shared)
      for count in [0, 1, 12, 3, 12] {
        let found = try sampler.generate(
          prompts: Array(item.prompts.prefix(count)), rules: (0..<count).map { _ in Stop(token: 5) },
          limits: Array(item.limits.prefix(count)), mode: .sample(temperature: 1.3), stream: item.stream, step: 9)
        #expect(firstDifference(found, Array(expected.prefix(count))) == nil)
      }
    }
  }

  @Test(arguments: [true, false])
  func samplesTheSameUnderBLASAtAnyNumberOfThreads(shared: Bool) throws {
    let item = try SamplingCase(heads: 4, headWidth: 16, .learned, texts: 40, seed: 35)
    let model = Transformer(item.model.configuration, mode: .blas)
    _ = model.load(from: item.model)
    let expected = try item.generate()
    for threads in [1, 2, 3] {
      let found = try withPool(threads: threads) { pool in
        try Sampler(model, pool: pool, sharesSteps: shared).generate(
          prompts: item.prompts, rules: item.prompts.map { _ in Stop(token: 5) }, limits: item.limits,
          mode: .sample(temperature: 1.3), stream: item.stream, step: 9)
      }
      #expect(firstDifference(found, expected) == nil, "\(threads) threads, seed 35")
    }
  }

  /// Past the four blocks of sixteen keys that decoding takes at a time.
  @Test(arguments: PositionEncoding.allCases)
  func samplesTheLogProbabilitiesOfAFullPassInLongTexts(positions: PositionEncoding) throws {
    var item = try SamplingCase(heads: 2, headWidth: 8, positions, texts: 2, seed: 32, context: 150)
    item.prompts = [[1, 2], [3, 4, 5, 6]]
    item.limits = [148, 146]
    let found = try withPool(threads: 2) { pool in
      try Sampler(item.model, pool: pool).generate(
        prompts: item.prompts, rules: item.prompts.map { _ in Stop(token: -1) }, limits: item.limits,
        mode: .sample(temperature: 1), stream: item.stream, step: 1)
    }
    #expect(found.map(\.tokens.count) == item.limits)
    for (a, b) in zip(found, item.fullPass(found, temperature: 1)) { #expect(bitMismatch(a.logp, b) == nil) }
  }

  /// 70 texts are more than twice the slots of a thread, so that texts of all lengths share slots one after the other.
  @Test(arguments: PositionEncoding.allCases)
  func givesTheSameTextsForAnyThreadsAndSlots(positions: PositionEncoding) throws {
    let item = try SamplingCase(heads: 2, headWidth: 8, positions, texts: 70, seed: 33)
    let one = try item.generate(threads: 1)
    for threads in threadCounts.dropFirst() {
      let difference = firstDifference(try item.generate(threads: threads), one)
      #expect(difference == nil, "\(threads) threads")
    }
    let expected = item.fullPass(one, temperature: 1.3)
    for (row, generation) in one.enumerated() { #expect(bitMismatch(generation.logp, expected[row]) == nil, "\(row)") }
  }

  /// Products of up to 13 panels, so that threads get parts of one to four, the last panel not whole.
  @Test(arguments: [(2, 8, 13), (3, 24, 70), (5, 20, 33)], PositionEncoding.allCases)
  func givesTheSameTextsWhenThreadsShareSteps(shape: (Int, Int, Int), positions: PositionEncoding) throws {
    let (heads, headWidth, vocabulary) = shape
    let item = try SamplingCase(
      heads: heads, headWidth: headWidth, positions, texts: 70, seed: 39, vocabulary: vocabulary)
    let one = try item.generate(threads: 1)
    for threads in threadCounts.dropFirst() {
      for shared in [true, false] {
        let difference = firstDifference(try item.generate(threads: threads, sharesSteps: shared), one)
        #expect(difference == nil, "\(threads) threads, shared: \(shared), seed 39")
      }
    }
    let greedy = try item.generate(.greedy, threads: 3, sharesSteps: true)
    #expect(firstDifference(greedy, try item.generate(.greedy)) == nil)
  }

  /// As measured with two threads (docs/performance.md): a row's shape, texts of a thread, and whether sharing was faster.
  @Test(arguments: [
    (4, 128, 24, 255, 8, false), (4, 128, 24, 255, 2, false), (6, 384, 24, 255, 2, true), (6, 384, 24, 255, 4, true),
    (6, 384, 24, 255, 8, true), (6, 384, 24, 255, 16, false), (6, 384, 24, 255, 32, false), (6, 384, 24, 64, 32, false),
    (12, 768, 50257, 255, 4, true), (24, 64, 24, 16, 4, false),
  ])
  func sharesStepsWhereThatIsFaster(
    layers: Int, width: Int, vocabulary: Int, length: Int, slots: Int, expected: Bool
  ) throws {
    let configuration = try ModelConfiguration(
      layers: layers, heads: 2, width: width, context: 256, vocabulary: vocabulary)
    let plan = ModelLayers(configuration).plan
    #expect(Sampler.sharingPays(plan, slotsPerThread: slots, length: length, threads: 2) == expected)
    #expect(!Sampler.sharingPays(plan, slotsPerThread: slots, length: length, threads: 64))
  }

  @Test func samplesEachTextIndependentlyOfTheOthers() throws {
    let item = try SamplingCase(heads: 2, headWidth: 8, .learned, texts: 40, seed: 34)
    let found = try item.generate()
    var other = item
    var random = TestRandom(35)
    for row in other.prompts.indices where row % 3 != 0 {
      other.prompts[row] = random.tokens(random.within(1...20), vocabulary: 13)
      other.limits[row] = random.within(1...28)
    }
    let changed = try other.generate(threads: 2)
    for row in stride(from: 0, to: 40, by: 3) {
      #expect(firstDifference([found[row]], [changed[row]]) == nil, "text \(row)")
    }
    var fewer = item
    fewer.prompts.removeLast(33)
    fewer.limits.removeLast(33)
    #expect(firstDifference(try fewer.generate(), found) == nil)
  }

  @Test func endsTextsAtTheirRuleOrTheirLimit() throws {
    let item = try SamplingCase(heads: 2, headWidth: 8, .rotary, texts: 40, seed: 36)
    for (row, generation) in try item.generate().enumerated() {
      let stop = generation.tokens.firstIndex(of: 5)
      #expect(generation.tokens.count == (stop.map { $0 + 1 } ?? item.limits[row]), "text \(row)")
      #expect(generation.tokens.allSatisfy { (0..<13).contains($0) })
    }
  }

  @Test func takesTheMostProbableTokenWhenGreedy() throws {
    let item = try SamplingCase(heads: 2, headWidth: 8, .learned, texts: 12, seed: 37)
    let found = try item.generate(.greedy)
    let expected = item.fullPass(found, temperature: 1)
    for (row, generation) in found.enumerated() {
      #expect(bitMismatch(generation.logp, expected[row]) == nil, "text \(row)")
      let batch = TokenBatch([item.prompts[row] + generation.tokens])
      let steps = rows(of: forward(item.model, batch).logits, width: 13)
      for (t, token) in generation.tokens.enumerated() {
        #expect(greedy(steps[item.prompts[row].count - 1 + t], count: 13) == Int(token), "text \(row), token \(t)")
      }
    }
    #expect(firstDifference(try item.generate(.greedy, threads: 3), found) == nil)
  }

  @Test func drawsOtherTextsAtAnotherStep() throws {
    let item = try SamplingCase(heads: 2, headWidth: 8, .learned, texts: 12, seed: 38)
    let found = try item.generate()
    #expect(firstDifference(try item.generate(), found) == nil)
    let next = try withPool(threads: 1) { pool in
      try Sampler(item.model, pool: pool).generate(
        prompts: item.prompts, rules: item.prompts.map { _ in Stop(token: 5) }, limits: item.limits,
        mode: .sample(temperature: 1.3), stream: item.stream, step: 10)
    }
    #expect(firstDifference(next, found) != nil)
  }
}
