import SwerveRL
import SwerveTensor
import Testing

@testable import SwerveScript

/// Rules that give advantages in place of the estimated ones.
@Suite struct RuleAdvantageTests {
  private func run(_ more: String) throws -> TrainingRecord {
    try train(
      """
      local one = swerve.tasks.addition { comfort = 1 }
      local base = swerve.pretrain {
        model = { layers = 1, heads = 1, width = 4, context = 256 }, task = one, steps = 1, batch = 1, lr = 0,
      }
      return swerve.finetune {
        name = "rl", from = base, task = one, updates = 2, episodes = 4, minibatch = 2, lr = 1e-3, group = 2,
        \(more)
      }
      """)
  }

  @Test func trainsToTheSameBitsOnTheEstimatedAdvantages() throws {
    let plain = try run("kl = { coef = 1 }")
    let given = try run("kl = { coef = 1, rule = function(t) return { advantage = t.advantage } end }")
    #expect(!plain.weights.isEmpty && plain.weights == given.weights)
    let doubled = try run("kl = { coef = 1, rule = function(t) return { advantage = 2 * t.advantage } end }")
    #expect(doubled.weights != plain.weights)
  }

  /// As a weight of the policy term where the advantage is not 0.
  @Test func replacesTheAdvantageOfLossesAndLogsAndNothingElse() throws {
    let more = """
      loss = function(t, c)
        return t.logp:sum() * c.kl, { advantage = t.advantage:mean(), returns = (t.returns * t.row):sum() }
      end,
      log = function(t) return { advantage = t.advantage:max() } end
      """
    let given = try run("kl = { coef = 1, rule = function() return { advantage = -2.5 } end }, \(more)")
    let plain = try run("kl = { coef = 1 }, \(more)")
    for step in 1...2 {
      #expect(given.value("loss/advantage", stage: "rl", step: step) == -2.5)
      #expect(given.value("log/advantage", stage: "rl", step: step) == -2.5)
      #expect(plain.value("log/advantage", stage: "rl", step: step) != -2.5)
    }
    let name = "loss/returns"
    #expect(given.value(name, stage: "rl", step: 1) == plain.value(name, stage: "rl", step: 1))
  }

  /// Two texts answer each problem.
  @Test func numbersTheProblemsOfGroups() throws {
    let record = try run(
      """
      kl = { coef = 0, rule = function(t)
        local row, problem = t:numbers "row", t:numbers "problem"
        for i = 1, t.count do if problem[i] ~= (row[i] + 1) // 2 then error("row " .. row[i]) end end
        return { advantage = t.problem }, { most = problem[t.count] }
      end }
      """)
    #expect(record.value("rule/most", stage: "rl", step: 1) == 2)
  }

  @Test func refusesAdvantagesBesideAPenaltyInTheReward() {
    #expect {
      _ = try run("kl = { coef = 1, where = 'reward', rule = function(t) return { advantage = t.advantage } end }")
    } throws: { error in
      "\(error)".contains("stage rl, step 1: the rule gives advantages, and those would replace the ones")
    }
  }

  @Test func refusesAnAdvantageThatIsNoNumber() {
    #expect {
      _ = try run("kl = { coef = 1, rule = function(t) return { advantage = t.advantage / 0 } end }")
    } throws: { error in
      "\(error)".contains("the advantage at row 1, position 1") && "\(error)".contains("must be a finite number")
    }
  }

  @Test func saysThatALossDoesNotReadTheAdvantage() {
    #expect {
      _ = try run(
        "kl = { coef = 1, rule = function(t) return { advantage = t.advantage } end }, "
          + "loss = function(t, c) return (t.logp * t.kl_weight):sum() * c.kl end")
    } throws: { error in
      "\(error)".contains("an advantage of 'kl.rule' does nothing: the loss reads no t.advantage")
    }
  }
}
