import SwerveModel
import SwerveRL
import SwerveTensor
import Testing

@testable import SwerveRuns

@Suite struct StageCostTests {
  private func pretrain(steps: Int, evaluation: EvaluationPlan?) throws -> PretrainPlan {
    PretrainPlan(
      name: "base", source: .fresh, model: nil, task: try AdditionTask(comfort: 1), steps: steps, batch: 4,
      learningRate: .constant(1e-3), optimizer: AdamW.Options(), randomPositions: true, evaluation: evaluation)
  }

  @Test func countsEveryTextOfEveryStepOfTraining() throws {
    let cost = try pretrain(steps: 10, evaluation: nil).cost(seed: 1)
    // Sums of one digit have texts of 103 to 107 characters, of which the last one is only a target.
    #expect(cost.trained > 40 * 100 && cost.trained < 40 * 130)
    #expect(cost.collected == 0 && cost.evaluated == 0 && cost.sampled == 0)
    #expect(try pretrain(steps: 20, evaluation: nil).cost(seed: 1).trained == 2 * cost.trained)
  }

  @Test(arguments: [(8, 3, 4), (10, 2, 6), (3, 5, 2)])
  func countsEvaluationsBeforeAndAfterTraining(steps: Int, every: Int, times: Int) throws {
    func cost(_ every: Int, _ episodes: Int) throws -> StageCost {
      let plan = EvaluationPlan(every: every, sets: [(set: .comfort, episodes: episodes)], greedy: true)
      return try pretrain(steps: steps, evaluation: plan).cost(seed: 1)
    }
    // Two evaluations of one episode.
    let unit = try cost(1_000, 1).evaluated / 2
    #expect(unit > 50 && unit < 130)
    #expect(abs(try cost(every, 6).evaluated - 6 * unit * Double(times)) < 1e-6)
    #expect(try cost(every, 6).sampled > cost(every, 6).evaluated)
  }
}
