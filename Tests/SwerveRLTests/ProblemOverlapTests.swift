import SwerveModel
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// How many problems of an evaluation training has, too.
@Suite struct ProblemOverlapTests {
  /// Sums of one digit, of which there are few, and of many digits.
  private func plan(_ sets: [(set: ProblemSet, episodes: Int)]) throws -> FinetunePlan {
    var plan = try LoopFixture(seed: 5).plan()
    plan.updates = 50
    plan.episodes = 20
    plan.group = 2
    plan.evaluation = EvaluationPlan(every: 1, sets: sets, greedy: true)
    return plan
  }

  /// The same draws, in a loop of their own.
  private func repeated(_ plan: FinetunePlan, _ set: ProblemSet, _ count: Int) throws -> Int {
    var known: Set<String> = []
    let training = RandomStream(seed: 9, purpose: FineTuningStream.episodes + "/problems")
    for step in 1...plan.updates {
      for row in 0..<plan.episodes / plan.group {
        var cursor = training.cursor(step: step, row: row)
        known.insert(try plan.task.problem(in: .training, using: &cursor).prompt)
      }
    }
    let evaluation = RandomStream(seed: 9, purpose: "eval/\(set.name)/problems")
    return try (0..<count).count { row in
      var cursor = evaluation.cursor(step: 0, row: row)
      return known.contains(try plan.task.problem(in: set, using: &cursor).prompt)
    }
  }

  @Test func countsTheProblemsThatTrainingDraws() throws {
    let plan = try plan([(.comfort, 40), (.plus(1), 30)])
    let found = try plan.overlaps(seed: 9)
    #expect(found.map(\.set) == ["comfort", "plus1"] && found.map(\.problems) == [40, 30])
    #expect(found.allSatisfy { $0.compared == 500 && $0.drawn == 500 })
    #expect(try found[0].repeated == repeated(plan, .comfort, 40))
    #expect(try found[1].repeated == repeated(plan, .plus(1), 30))
    #expect(found[1].repeated > 0)
  }

  @Test func countsTheTextsOfPreTraining() throws {
    let task = try AdditionTask(comfort: 1)
    let plan = PretrainPlan(
      name: "pre", source: .fresh, model: nil, task: task, steps: 100, batch: 8, learningRate: .constant(0),
      optimizer: AdamW.Options(), randomPositions: true,
      evaluation: EvaluationPlan(every: 1, sets: [(.comfort, 25)], greedy: true))
    // All sums of one digit are drawn sooner or later.
    #expect(
      try plan.overlaps(seed: 9) == [
        ProblemOverlap(set: "comfort", problems: 25, repeated: 25, compared: 800, drawn: 800)
      ])
  }

  @Test func comparesTheFirstProblemsOfALongTraining() throws {
    var plan = try plan([(.comfort, 1)])
    plan.updates = 10_000
    let found = try plan.overlaps(seed: 9)
    #expect(found.map(\.compared) == [10_000] && found.map(\.drawn) == [100_000])
    plan.evaluation = nil
    #expect(try plan.overlaps(seed: 9).isEmpty)
  }
}
