import Foundation
import SwerveTestSupport
import Testing

/// `swerve check` calls every hook once.
@Suite struct CheckTrialTests {
  private static let how = "found by calling every hook once on a made-up batch, which --no-hooks leaves out"

  struct Mistake: Sendable {
    let old: String
    let new: String
    let message: String
    let hint: String
  }

  /// A task, a rule, a loss, a log and schedules of one's own.
  private static let script = """
    local swerve = require "swerve"
    local base = swerve.pretrain {
      model = { layers = 1, heads = 1, width = 8, context = 24 }, steps = 2, batch = 2, lr = 1e-3,
      task = swerve.tasks.custom { name = "copy", alphabet = "ab>.", stop = ".", limit = 4, longest_prompt = 5,
        prompt = function(rng) return "ab>" end, solution = function(p) return "ab" end },
    }
    local copy = swerve.tasks.custom { name = "copy", alphabet = "ab>.", stop = ".", limit = 4, longest_prompt = 5,
      prompt = function(rng) return rng:below(2) == 0 and "ab>" or "b>" end,
      sets = { hard = function(rng) return "bab>" end },
      solution = function(p) return p:sub(1, -2) end,
      reward = function(p, answer) return answer .. ">" == p and 1 or 0 end,
    }
    return swerve.finetune {
      from = base, task = copy, updates = 3, episodes = 4, minibatch = 2, lr = 1e-3,
      vf = function(step, metrics) return step == 1 and 0.5 or 0.5 * metrics["return"] end,
      loss = function(t, c) return (t.logp * t.advantage):mean():neg() + c.vf * (t.value - t.returns):pow(2):mean() end,
      log = function(t) return { spread = t.advantage:std() } end,
      kl = { coef = 1, where = "reward", rule = function(t) return t.certainty end },
      eval = { every = 1, sets = { hard = 2 } },
    }
    """

  @Test func callsEveryHookOfAScriptThatIsRight() throws {
    let project = try TestProject()
    try project.write("own.lua", Self.script)
    let outcome = try project.run("check", "own.lua", "--threads", "2")
    #expect(outcome.status == 0, "\(outcome.all)")
    #expect(outcome.output.contains(/memory +about [0-9.]+ MB with 2 threads, in stage finetune\n/), "\(outcome.all)")
    #expect(outcome.output.contains(/disk +about [0-9.]+ kB of checkpoints, and a snapshot of [0-9.]+ kB until/))
    #expect(try project.run("run", "own.lua", "--out", "run").status == 0)
  }

  static let mistakes = [
    Mistake(
      old: "answer .. \">\" == p and 1 or 0", new: "answer .. \">\" == p",
      message: "own.lua:11: hook 'reward' of task 'copy', prompt \"", hint: "`and 1 or 0` makes a number of a condition"
    ),
    Mistake(
      old: "return answer .. \">\" == p and 1 or 0", new: "local r = 1",
      message: "the reward must be a finite number, got nil",
      hint: "does the function end with `return`?"),
    Mistake(
      old: "return \"bab>\"", new: "return \"bax>\"", message: "own.lua:9: hook 'sets.hard' of task 'copy': \"bax>\"",
      hint: "option 'alphabet' lists every character"),
    Mistake(
      old: "return t.certainty", new: "local w = t.certainty",
      message: "own.lua:18: hook 'kl.rule' of stage 'finetune'",
      hint: "does the function end with `return`?"),
    Mistake(
      old: "return t.certainty", new: "return t.certainity",
      message: "there is no column 'certainity' here; did you mean 'certainty'?", hint: "columns: "),
    Mistake(
      old: "0.5 * metrics[\"return\"]", new: "(metrics[\"return\"] > 2 and 1 or metrics[\"sucess/hard\"])",
      message:
        "own.lua:15: option 'vf' of stage 'finetune' at step 2: there is no metric 'sucess/hard'; did you mean 'success/hard'?",
      hint: "stage 'finetune' logs "),
    Mistake(
      old: "(t.value - t.returns):pow(2):mean()", new: "(t.value - t.returns):pow(2)",
      message: "own.lua:16: hook 'loss' of stage 'finetune' at step 1: the loss must be a scalar tensor",
      hint: ":mean()"),
    Mistake(
      old: "spread = t.advantage:std()", new: "spread = t.advantage",
      message: "own.lua:17: hook 'log' of stage 'finetune'",
      hint: "found by calling"),
    Mistake(
      old: "return p:sub(1, -2)", new: "count = (count or 0) + 1 return p:sub(1, -2)", message: "own.lua:10:",
      hint: "found by calling"),
    Mistake(
      old: "return { spread", new: "while true do end return { spread", message: "limit", hint: "found by calling"),
  ]

  @Test(arguments: mistakes)
  func findsTheMistakeBeforeTraining(_ mistake: Mistake) throws {
    let project = try TestProject()
    try project.write("own.lua", Self.script, [(mistake.old, mistake.new)])
    let outcome = try project.run("check", "own.lua")
    #expect(outcome.status == 3 || outcome.status == 4, "\(outcome.all)")
    #expect(outcome.errors.contains(mistake.message) && outcome.output.isEmpty, "\(outcome.errors)")
    #expect(outcome.errors.contains(mistake.hint) && outcome.errors.contains(Self.how), "\(outcome.errors)")
    let without = try project.run("check", "own.lua", "--no-hooks")
    #expect(without.status == 0 && !without.output.contains("memory "), "\(without.all)")
    #expect(without.output.contains("disk "))
  }

  /// A file that is not there is found when the script loads; what is asked here is only that the hooks are called in time.
  @Test(arguments: ["quick", "own_rule", "own_loss", "reversing", "logging", "rules/controllers", "algorithms/grpo"])
  func checksAnExampleWithItsHooks(name: String) throws {
    let outcome = try Program.run(["check", "examples/\(name).lua"], in: Fixtures.repository)
    #expect(outcome.status == 0 && outcome.output.contains("memory "), "\(outcome.all)")
  }

  @Test func asksTheTaskOfAStageThatOnlyPreTrains() throws {
    let project = try TestProject()
    try project.write(
      "text.lua",
      """
      local swerve = require "swerve"
      return swerve.pretrain {
        model = { layers = 1, heads = 1, width = 8, context = 24 }, steps = 2, batch = 2, lr = 1e-3,
        task = swerve.tasks.custom { name = "text", alphabet = "ab", stop = "b", limit = 4, longest_prompt = 5,
          prompt = function(rng) return "a" end, solution = function(p) return "a" end,
          text = function(rng) local drawn = "ab" end },
      }
      """)
    let outcome = try project.run("check", "text.lua")
    #expect(outcome.status == 3 && outcome.errors.contains("hook 'text' of task 'text'"), "\(outcome.all)")
    #expect(outcome.errors.contains("does the function end with `return`?"), "\(outcome.errors)")
  }
}
