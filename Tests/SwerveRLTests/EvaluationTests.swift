import SwerveModel
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// What an evaluation measures, and at which temperature.
@Suite struct EvaluationTests {
  private func plan(_ fixture: LoopFixture, _ change: (inout FinetunePlan) -> Void) -> FinetunePlan {
    var plan = fixture.plan()
    plan.evaluation = EvaluationPlan(every: 1, sets: [(.comfort, 6), (.plus(1), 5)], greedy: false)
    change(&plan)
    return plan
  }

  private func evaluated(_ recorder: Recorder, step: Int) -> [Metric] {
    (recorder.steps.first { $0.step == step }?.metrics ?? []).filter {
      ["success/comfort", "length/comfort", "success/plus1", "length/plus1"].contains($0.name)
        || $0.name.hasPrefix("critical/comfort") || $0.name.hasPrefix("critical/plus1")
    }
  }

  private func answers(_ recorder: Recorder, evaluation: Int) -> [String] {
    recorder.samples[evaluation * 6..<evaluation * 6 + 6].map(\.answer)
  }

  @Test func givesUnchangedWeightsTheSameEvaluationAtEveryStep() throws {
    let fixture = try LoopFixture(seed: 81)
    let recorder = try fixture.run(plan(fixture) { $0.learningRate = .constant(0) })
    let before = evaluated(recorder, step: 0)
    #expect(before.count >= 4)
    for step in 1...2 {
      #expect(evaluated(recorder, step: step) == before, "step \(step)")
      #expect(answers(recorder, evaluation: step) == answers(recorder, evaluation: 0), "step \(step)")
    }
  }

  /// At a temperature near 0, what is sampled is what is most probable.
  @Test func evaluatesAtTheAnnealedTemperatureOfTheStep() throws {
    func run(greedy: Bool, _ temperature: @escaping (Int) -> Float) throws -> Recorder {
      let fixture = try LoopFixture(seed: 82)
      return try fixture.run(
        plan(fixture) {
          $0.learningRate = .constant(0)
          $0.temperature = Schedule { step, _ in temperature(step) }
          $0.evaluation?.greedy = greedy
        })
    }
    let annealed = try run(greedy: false) { $0 == 1 ? 2 : 1e-4 }
    let greedy = try run(greedy: true) { _ in 1 }
    #expect(answers(annealed, evaluation: 2) == answers(greedy, evaluation: 2))
    #expect(answers(annealed, evaluation: 1) == answers(annealed, evaluation: 0))
    #expect(answers(annealed, evaluation: 0) != answers(annealed, evaluation: 2))
  }

  @Test func evaluatesAtItsOwnTemperatureAtEveryStep() throws {
    let fixture = try LoopFixture(seed: 83)
    let own = try fixture.run(
      plan(fixture) {
        $0.learningRate = .constant(0)
        $0.temperature = Schedule { step, _ in step == 1 ? 2 : 0.5 }
        $0.evaluation?.temperature = 1.25
      })
    let other = try LoopFixture(seed: 83)
    let constant = try other.run(
      plan(other) {
        $0.learningRate = .constant(0)
        $0.temperature = .constant(1.25)
      })
    for step in 0...2 { #expect(evaluated(own, step: step) == evaluated(constant, step: step), "step \(step)") }
  }

  /// Rows of log-probabilities over a real model's vocabulary take gigabytes, so only the sums at the probes are kept.
  @Test func sumsTheProbabilitiesOfProbesAsTheWholeRowsDo() throws {
    let fixture = try LoopFixture(seed: 84)
    try withPool(threads: 3) { pool in
      let episodes = try Collector(task: fixture.task, pool: pool, seed: 1, stage: "tune").collect(
        fixture.policy, set: .training, count: 5, mode: .sample(temperature: 1.5), purpose: "test", step: 1,
        problemStep: 1)
      let probes = episodes.generated.indices.map { row in
        [(1, [2, 5]), (0, [7]), (1, []), (0, [3, 0, 9])].filter { $0.0 < episodes.generated[row].count }.map {
          CriticalProbe(index: $0.0, right: $0.1, group: row % 2 == 0 ? "even" : "odd")
        }
      }
      let scorer = Scorer(runner: ShardRunner(fixture.policy.configuration, pool: pool))
      let scored = scorer.scoreGenerator(fixture.policy, episodes, temperature: 0.7, keepRows: true, probes: probes)
      let again = scorer.score(fixture.policy, episodes, temperature: 0.7, keepRows: false, probes: probes)
      #expect(again.rows.count == 0 && again.probed == scored.probed)
      let v = fixture.policy.configuration.vocabulary
      let expected = probes.enumerated().flatMap { row, list in
        list.map { probe in
          let start = (episodes.layout.offsets[row] + probe.index) * v
          return probe.right.reduce(0.0) { $0 + Double(exactExp(scored.rows.pointer[start + Int($1)])) }
        }
      }
      #expect(scored.probed == expected && expected.contains { $0 > 0 })
      let metrics = Evaluator.criticalMetrics(
        probes: probes, found: scored.probed, groups: ["even", "odd", "none"], prefix: "critical/x")
      #expect(metrics.map(\.name) == ["critical/x/even", "critical/x/odd", "critical/x/none"])
      let odd = zip(probes.joined(), expected).filter { $0.0.group == "odd" && !$0.0.right.isEmpty }.map(\.1)
      #expect(metrics[1].value == Float(odd.reduce(0, +) / Double(odd.count)) && metrics[2].value == nil)
    }
  }
}
