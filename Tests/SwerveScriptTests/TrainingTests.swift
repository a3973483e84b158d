import SwerveModel
import SwerveRL
import SwerveTensor
import Testing

@testable import SwerveScript

/// Scripts in the real training loops, with a model of a few hundred weights.
@Suite struct TrainingTests {
  /// Line 2 on: a tiny model and a stage that starts from it.
  private func script(_ more: String) -> String {
    """
    local one = swerve.tasks.addition { comfort = 1 }
    local base = swerve.pretrain {
      model = { layers = 1, heads = 1, width = 4, context = 256 }, task = one, steps = 2, batch = 2,
      lr = anneal.linear { from = 1e-3, to = 1e-4, steps = 2 },
    }
    return swerve.finetune { name = "rl", from = base, task = one, updates = 2, episodes = 2, minibatch = 1, lr = 1e-3,
      \(more) }
    """
  }

  private func run(_ more: String) throws -> TrainingRecord { try train(script(more)) }

  @Test func appliesTheSchedulesAndTheRuleOfAScript() throws {
    let recorder = try run(
      """
      kl = { coef = anneal.linear { from = 5, to = 1, steps = 2 }, estimator = "k2", temperature = 2,
        rule = rules.certainty { alpha = anneal.linear { from = 0, to = 8, steps = 2 } } }
      """)
    #expect(recorder.records.map(\.stage) == ["pretrain", "pretrain", "rl", "rl"])
    #expect(recorder.value("lr", stage: "pretrain", step: 2) == 1e-4)
    #expect([1, 2].map { recorder.value("coef/kl", stage: "rl", step: $0) } == [5, 1])
    #expect([1, 2].map { recorder.value("rule/alpha", stage: "rl", step: $0) } == [0, 8])
    for part in ["policy", "value", "entropy", "kl"] {
      #expect(recorder.value("loss/\(part)", stage: "rl", step: 2)?.isFinite == true)
    }
  }

  /// The columnar rule and the rule for one token train to the same bits, and so do a2c.lua and its copy in a script.
  @Test func trainsToTheSameBitsWithEqualRulesAndLosses() throws {
    let kl = "kl = { coef = 1, rule ="
    let columnar = try run("\(kl) function(t) return t.ref_max_prob end }")
    let each = try run("\(kl) rules.each(function(tok) return tok.ref_max_prob end) }")
    let copied = try run(
      """
      \(kl) function(t) return t.ref_max_prob end },
      loss = function(t, c)
        local policy = (-t.logp * t.advantage * t.policy_weight):mean()
        local value = (t.returns - t.value):square():mean()
        local entropy = (t.entropy * t.entropy_weight):mean()
        local d = t.logp - t.ref_logp
        return policy + c.vf * value - c.entropy * entropy + c.kl * (t.kl_weight * (d:square() * 0.5)):mean()
      end
      """)
    #expect(!columnar.weights.isEmpty && columnar.weights == each.weights && columnar.weights == copied.weights)
  }

  @Test func chargesAPenaltyInTheRewardOnlyOnce() throws {
    let recorder = try run(
      "kl = { coef = 3, where = 'reward' }, loss = function(t, c) return t.logp:sum(), { c = c.kl } end")
    #expect(recorder.value("loss/c", stage: "rl", step: 1) == 0)
    #expect(recorder.value("coef/kl", stage: "rl", step: 1) == 3)
  }

  /// Answers of four characters at random end by themselves or at their third token.
  @Test func passesTruncatedAnswersAndTheTemperatureToHooks() throws {
    let recorder = try train(
      """
      local task = swerve.tasks.custom { alphabet = "abc.", stop = ".", longest_prompt = 1, limit = 3,
        prompt = function() return "a" end, solution = function() return "b" end }
      local base = swerve.pretrain { model = { layers = 1, heads = 1, width = 4, context = 8 }, task = task, steps = 1,
        batch = 1, lr = 0 }
      return swerve.finetune { name = "rl", from = base, task = task, updates = 1, episodes = 64, minibatch = 64, lr = 0,
        temperature = 1.5,
        kl = { coef = 0, rule = function(t) return { policy = t.truncated:logical_not() } end },
        loss = function(t, c)
          return t.logp:sum(), { temperature = c.temperature, kept = t.policy_weight:mean(), cut = t.truncated:mean() }
        end,
        log = function(t)
          local row, cut, wrong = t:numbers "row", t:numbers "truncated", 0
          for i = 1, t.count do
            local last = i
            while row[last + 1] == row[i] do last = last + 1 end
            if cut[i] ~= (t:text(last) == "." and 0 or 1) then wrong = wrong + 1 end
          end
          return { wrong = wrong }
        end }
      """)
    func value(_ name: String) -> Float? { recorder.value(name, stage: "rl", step: 1) }
    #expect(value("log/wrong") == 0)
    let cut = try #require(value("loss/cut"))
    #expect(0.1 < cut && cut < 0.9)
    #expect(abs((value("loss/kept") ?? 0) + cut - 1) < 1e-6)
    #expect(value("loss/temperature") == 1.5)
  }

  @Test func endsTheRunAtABadWeightAndNamesItsPlace() throws {
    let rule = "function(t, step)\n if step == 2 then return t.logp end return 1 end"
    let error = try #require(failure { _ = try run("kl = { coef = 1, rule = \(rule) }") })
    #expect(error.place == ScriptPlace(file: "examples/test.lua", line: 8))
    #expect(
      error.message.hasPrefix("hook 'kl.rule' of stage 'rl' at step 2: the kl weight at row 1, position 1 (token "))
  }
}
