import SwerveRL
import Testing

@testable import SwerveScript

/// More of the mistakes that others shipped, in the real training loops: a reported divergence that is not the trained one,
/// means over other tokens than the generated ones, groups with equal rewards that teach something or give NaN.
@Suite struct TrainedPenaltyTests {
  /// Line 2 on: a tiny model that writes a few letters, and a stage that starts from it.
  private func script(_ more: String, reward: String = "finished and #answer or -1") -> String {
    """
    local letters = swerve.tasks.custom {
      name = "letters", alphabet = "ab>\\n", longest_prompt = 3, limit = 6,
      prompt = function(rng) return ("a"):rep(rng:within(1, 2)) .. ">" end,
      solution = function() return "ab" end,
      success = function(_, answer) return answer == "ab" end,
      reward = function(_, answer, finished) return \(reward) end,
    }
    local base = swerve.pretrain {
      model = { layers = 1, heads = 1, width = 8, context = 12 }, task = letters, steps = 3, batch = 4, lr = 0.01,
    }
    return swerve.finetune {
      name = "rl", from = base, task = letters, updates = 3, episodes = 16, minibatch = 16, epochs = 1, \(more)
    }
    """
  }

  /// One minibatch and one epoch: the divergence before the update is both reported and descended. After two large steps the
  /// estimators are far apart, so that no other one passes for the chosen one.
  @Test(arguments: ["a2c", "reinforce", "ppo", "grpo"], ["k2", "k3", "full"])
  func reportsTheDivergenceThatIsTrained(_ algorithm: String, _ estimator: String) throws {
    let record = try train(
      script(
        "algorithm = '\(algorithm)', aggregate = 'tokens', lr = 0.02, kl = { coef = 0.1, estimator = '\(estimator)' }"))
    for step in 2...3 {
      let trained = try #require(record.value("loss/kl", stage: "rl", step: step))
      let reported = try #require(record.value("kl/\(estimator)", stage: "rl", step: step))
      #expect(abs(trained - reported) < 1e-5 * reported, "step \(step): \(trained), reported \(reported)")
      for other in ["k1", "k2", "k3", "full"] where other != estimator {
        let value = try #require(record.value("kl/\(other)", stage: "rl", step: step))
        #expect(abs(trained - value) > 1e-4 * reported, "step \(step): \(other) is \(value) as well")
      }
    }
  }

  /// Answers have many lengths; prompts and padding would make other counts.
  @Test func averagesOverGeneratedTokensOnly() throws {
    let record = try train(
      script(
        """
        lr = 0.02, kl = { coef = 0, rule = function(t) return 1, { tokens = t.count } end },
        loss = function(t)
          local first = t.position:eq(1):sum()
          return t.logp:mean(), { tokens = t.mask:sum(), rows = first, all = t.logp:sum() / t.logp:mean() }
        end
        """))
    for step in 1...3 {
      let length = try #require(record.value("length/train", stage: "rl", step: step))
      #expect(length > 1 && length < 6)
      #expect(record.value("rule/tokens", stage: "rl", step: step) == length * 16)
      #expect(record.value("loss/tokens", stage: "rl", step: step) == length * 16)
      #expect(record.value("loss/rows", stage: "rl", step: step) == 16)
      let divisor = try #require(record.value("loss/all", stage: "rl", step: step))
      #expect(abs(divisor - length * 16) < 1e-3)
    }
  }

  @Test(arguments: ["group_std", "none", "mean", "mean_std"])
  func learnsNothingFromAGroupWithEqualRewards(_ normalize: String) throws {
    let record = try train(
      script("algorithm = 'grpo', group = 4, normalize = '\(normalize)', lr = 0.1, entropy = 0", reward: "0.3"))
    for step in 1...3 {
      #expect(record.value("loss/policy", stage: "rl", step: step) == 0)
      #expect(record.value("grad_norm", stage: "rl", step: step) == 0)
    }
    let trunk = record.startingWeights.count
    #expect(trunk > 0 && Array(record.weights.prefix(trunk)) == record.startingWeights)
  }

  /// The same stage learns as soon as rewards differ.
  @Test func learnsFromAGroupWithUnequalRewards() throws {
    let record = try train(script("algorithm = 'grpo', group = 4, lr = 0.1, entropy = 0"))
    #expect((record.value("grad_norm", stage: "rl", step: 1) ?? 0) > 0)
  }
}
