import SwerveModel
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// Answers that a limit of length cut off: what generalized advantage estimation takes for what would have followed.
@Suite struct TruncatedEndTests {
  /// The sum of the definition, in Double and from the front: sum over l of (gamma lambda)^l delta_{t+l}.
  private func twin(
    _ length: Int, rewards: [Float], values: [Float], finalValue: Float, gamma: Float, lambda: Float
  ) -> [Double] {
    let v = values.map(Double.init) + [Double(finalValue)]
    let deltas = (0..<length).map { Double(rewards[$0]) + Double(gamma) * v[$0 + 1] - v[$0] }
    return (0..<length).map { t in
      var sum = 0.0
      var factor = 1.0
      for l in t..<length {
        sum += factor * deltas[l]
        factor *= Double(gamma) * Double(lambda)
      }
      return sum
    }
  }

  @Test func matchesTheDefinitionOfTheEstimate() {
    for seed in UInt64(0)..<100 {
      var random = TestRandom(seed)
      let lengths = (0..<random.within(1...6)).map { _ in random.within(1...9) }
      let count = lengths.reduce(0, +)
      let (rewards, values) = (random.uniforms(count), random.uniforms(count))
      let finals = lengths.map { _ in random.within(0...1) == 0 ? 0 : random.uniform(-2...2) }
      let (gamma, lambda) = (random.uniform(0...1), random.uniform(0...1))
      let found = generalizedAdvantages(
        rowLengths: lengths, rewards: rewards, values: values, finalValues: finals, gamma: gamma, lambda: lambda)
      var start = 0
      for (row, length) in lengths.enumerated() {
        let range = start..<start + length
        let expected = twin(
          length, rewards: Array(rewards[range]), values: Array(values[range]), finalValue: finals[row], gamma: gamma,
          lambda: lambda)
        for (a, b) in zip(found[range], expected) { #expect(abs(Double(a) - b) < 2e-6, "seed \(seed), row \(row)") }
        start += length
      }
    }
  }

  @Test func treatsMissingFinalValuesAsZero() {
    var random = TestRandom(5)
    let (rewards, values) = (random.uniforms(6), random.uniforms(6))
    func advantages(_ finals: [Float]?) -> [Float] {
      generalizedAdvantages(
        rowLengths: [4, 2], rewards: rewards, values: values, finalValues: finals, gamma: 0.9, lambda: 0.8)
    }
    #expect(advantages(nil) == advantages([0, 0]))
    #expect(advantages(nil) != advantages([0, 1]))
  }

  /// A model that knows nothing ends hardly any answer by itself.
  @Test func valuesTheStateAfterTheLastTokenOfTruncatedAnswers() throws {
    let fixture = try LoopFixture(seed: 71, context: 23)
    try withPool(threads: 2) { pool in
      let collector = Collector(task: fixture.task, pool: pool, seed: 3, stage: "tune")
      let episodes = try collector.collect(
        fixture.policy, set: .training, count: 12, mode: .sample(temperature: 1.5), purpose: "test", step: 1,
        problemStep: 1, group: 1)
      let isWanted = episodes.generated.indices.map { $0 % 3 != 1 }
      let scorer = Scorer(runner: ShardRunner(fixture.policy.configuration, pool: pool))
      let found = scorer.finalValues(fixture.policy, episodes, where: isWanted)
      for row in found.indices {
        guard isWanted[row] else {
          #expect(found[row] == 0)
          continue
        }
        // One more token, whatever it is: the critic's estimate before it is what is asked for.
        let longer = Episodes(
          tokenizer: episodes.tokenizer, problems: [episodes.problems[row]], prompts: [episodes.prompts[row]],
          generated: [episodes.generated[row] + [0]], answers: [episodes.answers[row] + "0"], rewards: [0],
          successes: [false])
        let values = scorer.score(fixture.policy, longer, temperature: 1, keepRows: false).value
        #expect(found[row].bitPattern == values.last?.bitPattern, "row \(row)")
      }
    }
  }

  @Test(arguments: 72...75 as ClosedRange<UInt64>)
  func changesAdvantagesByBootstrappingOnlyInTruncatedAnswers(seed: UInt64) throws {
    func advantages(_ end: TruncatedEnd) throws -> (truncated: [Float], advantage: [Float], value: [Float]) {
      let fixture = try LoopFixture(seed: seed, context: 23)
      var plan = fixture.plan()
      plan.truncated = end
      plan.updates = 1
      plan.evaluation = nil
      let seen = SeenColumns()
      plan.kl.rule = ClosureRule { columns, _, _ in
        seen.truncated = try columns.required("truncated").values
        seen.advantage = try columns.required("advantage").values
        seen.value = try columns.required("value").values
        return TokenWeights(kl: [Float](repeating: 1, count: columns.layout.count))
      }
      _ = try fixture.run(plan)
      return (seen.truncated, seen.advantage, seen.value)
    }
    let (terminal, bootstrap) = (try advantages(.terminal), try advantages(.bootstrap))
    #expect(terminal.truncated == bootstrap.truncated && terminal.value == bootstrap.value)
    #expect(terminal.truncated.contains(1))
    for (index, isCut) in terminal.truncated.enumerated() {
      #expect(isCut == 1 || terminal.advantage[index] == bootstrap.advantage[index])
    }
    #expect(terminal.advantage != bootstrap.advantage)
  }
}

private final class SeenColumns {
  var truncated: [Float] = []
  var advantage: [Float] = []
  var value: [Float] = []
}
