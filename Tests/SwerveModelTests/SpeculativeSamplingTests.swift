import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// What drafts must not change: the texts. A random model at greedy soon repeats itself, which a drafter learns; drawn at a
/// temperature, its texts reject draft tokens.
@Suite struct SpeculativeSamplingTests {
  private let seed: UInt64 = 181
  private let prompts: [[Int32]]
  private let limits: [Int]

  init() {
    var random = TestRandom(seed, "tests/prompts")
    let lengths = (0..<40).map { _ in random.within(1...20) }
    prompts = lengths.map { random.tokens($0, vocabulary: 9) }
    limits = lengths.map { random.within(1...90 - $0) }
  }

  private func model(
    heads: Int = 2, headWidth: Int = 8, _ positions: PositionEncoding = .rotary
  ) throws -> Transformer {
    let configuration = try ModelConfiguration(
      layers: 2, heads: heads, width: heads * headWidth, context: 90, vocabulary: 9, positions: positions,
      valueHeadWidth: 6)
    return randomModel(configuration, seed: seed, standardDeviation: 0.3)
  }

  /// Greedy texts, which teach the drafters, then ones at temperatures, then greedy ones again.
  private func generate(_ sampler: Sampler) throws -> [[Generation]] {
    let modes: [SamplingMode] = [.greedy, .sample(temperature: 0.6), .sample(temperature: 0.9), .greedy]
    return try modes.enumerated().map { step, mode in
      try sampler.generate(
        prompts: prompts, rules: prompts.map { _ in Stop(token: 5) }, limits: limits, mode: mode,
        stream: RandomStream(seed: seed, purpose: "tests/tokens"), step: step, keepsLogits: true)
    }
  }

  @Test(arguments: [2, 8, 50], [(2, 8, true), (2, 8, false), (1, 16, false), (2, 32, true), (1, 48, false)])
  func keepsTextsUnchangedByDrafts(tokensPerStep: Int, shape: (heads: Int, headWidth: Int, shared: Bool)) throws {
    let shared = shape.shared
    let model = try model(heads: shape.heads, headWidth: shape.headWidth, shared ? .rotary : .learned)
    let expected = try withPool(threads: 1) { try generate(Sampler(model, pool: $0, tokensPerStep: 1)) }
    for threads in threadCounts {
      try withPool(threads: threads) { pool in
        let sampler = Sampler(model, pool: pool, sharesSteps: shared, tokensPerStep: tokensPerStep)
        for (call, found) in try generate(sampler).enumerated() {
          #expect(firstDifference(found, expected[call]) == nil, "call \(call), \(threads) threads, seed \(seed)")
        }
        #expect(sampler.draftedTokens > 0)
      }
    }
  }

  @Test func savesStepsByAcceptedDraftTokens() throws {
    let model = try model()
    let steps = try [1, 8].map { tokensPerStep in
      try withPool(threads: 1) { pool in
        let sampler = Sampler(model, pool: pool, tokensPerStep: tokensPerStep)
        _ = try generate(sampler)
        return sampler.steps
      }
    }
    #expect(steps[1] < steps[0] * 2 / 3, "steps with 1 and up to 8 tokens of a text: \(steps)")
  }

  /// No text repeats another, but each token is drawn from almost what its position led to before, by a number that is known.
  @Test func draftsTextsOfAnUntrainedModelByTheirRandomNumbers() throws {
    let configuration = try ModelConfiguration(layers: 2, heads: 2, width: 16, context: 90, vocabulary: 9)
    let model = randomModel(configuration, seed: seed, standardDeviation: 0.05)
    let found = try [1, 8].map { tokensPerStep in
      try withPool(threads: 1) { pool in
        let sampler = Sampler(model, pool: pool, tokensPerStep: tokensPerStep)
        var texts: [[Generation]] = []
        var steps = 0
        for step in 0..<4 {
          steps = sampler.steps
          texts.append(
            try sampler.generate(
              prompts: prompts, rules: prompts.map { _ in NeverStop() }, limits: limits, mode: .sample(temperature: 1),
              stream: RandomStream(seed: seed, purpose: "tests/tokens"), step: step))
        }
        return (texts: texts, steps: sampler.steps - steps)
      }
    }
    for (a, b) in zip(found[0].texts, found[1].texts) { #expect(firstDifference(a, b) == nil, "seed \(seed)") }
    #expect(found[1].steps < found[0].steps / 2, "steps of the last call: \(found.map(\.steps))")
  }

  /// Position 60 gives NaN. The texts end before it by their rule, which drafts do not know.
  @Test func ignoresErrorsThatOnlyADraftTokenMeets() throws {
    struct Count: StopRule {
      var left: Int
      mutating func stops(after token: Int32) -> Bool {
        left -= 1
        return left == 0
      }
    }
    let configuration = try ModelConfiguration(layers: 1, heads: 1, width: 16, context: 90, vocabulary: 9)
    let model = randomModel(configuration, seed: seed, standardDeviation: 0.3)
    try withPool(threads: 1) { pool in
      let sampler = Sampler(model, pool: pool, tokensPerStep: 8)
      func generate(_ counts: [Int]) throws -> [Generation] {
        try sampler.generate(
          prompts: counts.map { _ in [1, 2, 3] }, rules: counts.map { Count(left: $0) }, limits: counts.map { _ in 80 },
          mode: .greedy, stream: RandomStream(seed: seed, purpose: "tests/tokens"), step: 1)
      }
      let whole = try generate([80, 80, 80, 80, 80, 80, 80, 80])
      model.update { $0[model.layout.entry("wpe.weight")!.offset + 60 * 16] = .nan }
      let draftedBefore = sampler.draftedTokens
      let counts = [51, 52, 53, 54, 55, 56, 57, 58]
      for (found, count) in zip(try generate(counts), counts) {
        #expect(found.tokens == Array(whole[0].tokens[..<count]))
      }
      #expect(sampler.draftedTokens > draftedBefore)
      #expect(throws: ModelError.self) { try generate([59]) }
    }
  }
}
