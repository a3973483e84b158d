import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// Steps make no block of floats after the first. Each test runs in a process of its own, as other tests make blocks too, and
/// on one thread: each further one makes its working space in the first step in which it finds work.
@Suite struct AllocationTests {
  @Test func allocatesNothingAfterTheFirstTrainingStep() async {
    await #expect(processExitsWith: .success) {
      let configuration = try ModelConfiguration(
        layers: 2, heads: 2, width: 24, context: 60, vocabulary: 19, valueHeadWidth: 5)
      let model = randomModel(configuration, seed: 101)
      try withPool(threads: 1) { pool in
        let runner = ShardRunner(configuration, pool: pool)
        let lanes = GradientLanes(count: model.layout.count)
        let optimizer = AdamW(model, options: AdamW.Options())
        var random = TestRandom(101, "tests/texts")
        var made: [Int] = []
        // No later shard is longer than the first ones, of 180 tokens.
        for step in 0..<5 {
          let before = FloatBuffer.madeSoFar
          let texts = (0..<(step == 0 ? 48 : 40)).map { _ in
            random.tokens(step == 0 ? 60 : random.within(2...40), vocabulary: 19)
          }
          _ = CrossEntropy(texts: texts).gradient(model, runner: runner, into: lanes)
          _ = optimizer.update(gradient: lanes.total, learningRate: 0.01, pool: pool)
          made.append(FloatBuffer.madeSoFar - before)
        }
        try #require(made[0] > 0)
        #expect(made.dropFirst().allSatisfy { $0 == 0 }, "blocks made in each step: \(made)")
      }
    }
  }

  @Test func allocatesNothingAfterTheFirstCallOfTheSampler() async {
    await #expect(processExitsWith: .success) {
      let configuration = try ModelConfiguration(
        layers: 2, heads: 2, width: 24, context: 60, vocabulary: 19, valueHeadWidth: 5)
      let model = randomModel(configuration, seed: 102)
      try withPool(threads: 1) { pool in
        let sampler = Sampler(model, pool: pool, tokensPerStep: 8)
        var made: [Int] = []
        for step in 1...4 {
          let before = FloatBuffer.madeSoFar
          let prompts = [[Int32]](repeating: [1, 2, 3], count: 40 - step)
          _ = try sampler.generate(
            prompts: prompts, rules: prompts.map { _ in NeverStop() }, limits: prompts.map { _ in 40 - step },
            mode: .sample(temperature: 1), stream: RandomStream(seed: 1, purpose: "tests/tokens"), step: step,
            keepsLogits: true)
          made.append(FloatBuffer.madeSoFar - before)
        }
        try #require(made[0] > 0)
        #expect(made.dropFirst().allSatisfy { $0 == 0 }, "blocks made in each call: \(made)")
      }
    }
  }
}
