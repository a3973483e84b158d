import SwerveRL
import Testing

@testable import SwerveScript

/// The quantiles that the host logs and those that a script asks for are one function.
@Suite struct QuantileMetricTests {
  @Test func logsTheQuantilesOfTheColumns() throws {
    let record = try train(
      """
      local t = swerve.tasks.custom { alphabet = "abc>\\n", longest_prompt = 2, limit = 6, prompt = function() return "a>" end,
        text = function(rng) return rng:below(2) == 0 and "a>b\\n" or "a>cab\\n" end, reward = function(_, a) return #a end }
      local base = swerve.pretrain { model = { layers = 1, heads = 1, width = 16, context = 8 }, task = t, steps = 20, batch = 4, lr = 1e-2 }
      return swerve.finetune { name = "rl", from = base, task = t, algorithm = "reinforce", updates = 12, episodes = 11, minibatch = 11,
        lr = 1e-2, entropy = 0, kl = { coef = 0.1, temperature = 3, rule = rules.certainty { alpha = 2.5 } },
        log = function(t)
          local found = {}
          for _, q in ipairs { 1, 5, 10, 25, 50 } do
            found["certainty/q" .. q] = t.certainty:quantile(q / 100)
            found["weight/q" .. q] = t.kl_weight:quantile(q / 100)
          end
          return found
        end }
      """)
    var compared = 0
    for step in 1...12 {
      for name in ["certainty", "weight"].flatMap({ name in [1, 5, 10, 25, 50].map { "\(name)/q\($0)" } }) {
        let logged = try #require(record.value(name, stage: "rl", step: step))
        let own = try #require(record.value("log/" + name, stage: "rl", step: step))
        #expect(logged.bitPattern == own.bitPattern, "step \(step): \(name) is \(logged), the script has \(own)")
        compared += 1
      }
    }
    #expect(compared == 120)
  }
}
