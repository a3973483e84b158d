import SwerveRL
import Testing

@testable import SwerveScript

/// Every answer earns the same: whatever the advantage and its normalization, nothing is learned.
@Suite struct NothingToLearnTests {
  struct Case: CustomTestStringConvertible {
    let algorithm: String
    let advantage: String
    let normalization: String
    let group: Int

    var testDescription: String { "\(algorithm), \(advantage), \(normalization), groups of \(group)" }
  }

  /// `return` needs a normalization: without one the reward itself is what is learned from.
  static let cases: [Case] =
    ["reinforce", "ppo", "grpo"].flatMap { algorithm in
      ["mean", "mean_std"].map { Case(algorithm: algorithm, advantage: "return", normalization: $0, group: 1) }
        + ["group", "leave_one_out"].flatMap { advantage in
          ["none", "mean", "mean_std", "group_std"].map {
            Case(algorithm: algorithm, advantage: advantage, normalization: $0, group: 7)
          }
        }
    }

  @Test(arguments: cases)
  func givesZeroAdvantageAndGradientForEqualRewards(_ given: Case) throws {
    for reward in ["0.1", "0.7", "100.1", "-1/3"] {
      let record = try train(script(given, reward: reward, answers: "'ab'"))
      for name in ["log/least", "log/most", "log/gradient"] {
        #expect(record.value(name, stage: "rl", step: 1) == 0, "R = \(reward): \(name)")
      }
      // ppo's critic learns all the same.
      if given.algorithm != "ppo" { #expect(record.value("grad_norm", stage: "rl", step: 1) == 0, "R = \(reward)") }
      #expect(record.value("log/spread", stage: "rl", step: 1) == 0)
    }
  }

  /// The same script learns where rewards differ, so that a zero above says something.
  @Test func learnsFromUnequalRewards() throws {
    for given in Self.cases where given.algorithm == "reinforce" {
      let record = try train(script(given, reward: "#answer", answers: "'ab'"))
      #expect(record.value("grad_norm", stage: "rl", step: 1) ?? 0 > 0, "\(given.testDescription)")
    }
  }

  private func script(_ given: Case, reward: String, answers: String) -> String {
    """
    local t = swerve.tasks.custom { alphabet = "ab>\\n", longest_prompt = 2, limit = 4, prompt = function() return "a>" end,
      text = function() return "a>b\\n" end, reward = function(_, answer) return \(reward) end }
    local base = swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 8 }, task = t, steps = 1, batch = 2, lr = 0 }
    return swerve.finetune { name = "rl", from = base, task = t, algorithm = "\(given.algorithm)",
      advantage = "\(given.advantage)", normalize = "\(given.normalization)", group = \(given.group), updates = 1,
      episodes = 28, minibatch = 28, lr = 1e-3, entropy = 0,
      log = function(t)
        -- What somebody's own normalization makes of the rewards of whole answers.
        local total = t.reward:row_sum()
        local own = (total - total:mean()) / (total:std() + 1e-8)
        return { least = t.advantage:min(), most = t.advantage:max(), spread = \(reward == "#answer" ? "0" : "own:abs():max()"),
          gradient = t.advantage:abs():sum() }
      end }
    """
  }
}
