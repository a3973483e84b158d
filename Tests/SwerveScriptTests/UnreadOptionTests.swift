import SwerveRL
import Testing

@testable import SwerveScript

/// An option that nothing reads is refused: it would train the same weights as without it.
@Suite struct UnreadOptionTests {
  @Test(arguments: [
    ("clip = 0.2", "option 'clip' is for 'algorithm' = \"ppo\" or \"grpo\" and losses of your own, got \"a2c\""),
    ("clip_high = 3", "option 'clip_high' is for 'algorithm' = \"ppo\" or \"grpo\" and losses of your own, "),
    ("algorithm = 'reinforce', ratio = 'sequence'", "option 'ratio' is for 'algorithm' = \"ppo\" or \"grpo\""),
    (
      "aggregate = 'sequences'",
      "option 'aggregate' is for 'algorithm' = \"reinforce\", \"ppo\" or \"grpo\" and losses of your own, got \"a2c\""
    ),
    ("algorithm = 'grpo', episodes = 8, minibatch = 8, vf = 5", "option 'vf' is for 'algorithm' = \"a2c\" or \"ppo\""),
    ("algorithm = 'reinforce', critic = { warmup = 2 }", "option 'critic.warmup' is for 'algorithm' = \"a2c\""),
    ("algorithm = 'reinforce', critic = { detach = true }", "option 'critic.detach' is for 'algorithm' = \"a2c\""),
    ("algorithm = 'reinforce', critic = { lr = 1 }", "option 'critic.lr' is for 'algorithm' = \"a2c\""),
    ("algorithm = 'reinforce', gae_lambda = 0.5", "option 'gae_lambda' is for 'advantage' = \"gae\", got \"return\""),
    ("coefficients = { unused = 3 }", "option 'coefficients.unused' is for losses of your own, got 'algorithm' = "),
    ("kl = { coef = 1, rule = rules.clip_higher() }", "option 'kl.rule' gives clip ranges, for 'algorithm' = \"ppo\""),
    (
      "algorithm = 'reinforce', kl = { coef = 1, rule = rules.dual_token() }",
      "and losses of your own, got \"reinforce\""
    ),
  ])
  func rejectsWhatAnAlgorithmNeverReads(_ options: String, _ message: String) {
    let error = failure(finetune(options))
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
    #expect(error?.hint != nil && error?.place == ScriptPlace(file: "examples/test.lua", line: 2))
  }

  /// To say what holds anyway is no mistake.
  @Test(arguments: [
    "aggregate = 'tokens', ratio = 'token'", "algorithm = 'reinforce', vf = 0, critic = { width = 8 }",
    "algorithm = 'ppo', clip = 0.1, clip_high = 0.2, value_clip = 1, ratio = 'sequence', aggregate = 'sequences'",
    "algorithm = 'ppo', kl = { coef = 1, rule = rules.clip_higher() }",
  ])
  func acceptsWhatIsRead(_ options: String) throws { _ = try load(finetune(options)) }

  @Test func rejectsTheOracleForATaskWithoutCriticalTokens() {
    let script = """
      local bare = swerve.tasks.custom { alphabet = "ab\\n", prompt = function() return "a" end, reward = function() return 1 end }
      return swerve.finetune { from = 'm', task = bare, updates = 1, lr = 0, kl = { coef = 1, rule = rules.oracle { inside = 0 } } }
      """
    let error = failure(script)
    #expect(
      error?.message == "option 'kl.rule' weighs the task's critical tokens, but task 'custom' knows none",
      "\(String(describing: error))")
  }

  /// The first call of a loss, at the first step, with every coefficient 1.
  private func firstCall(
    _ loss: String, _ options: String, step: Int = 1, rule: Bool = false
  ) throws -> ScriptError? {
    let experiment = try load(finetune("loss = \(loss), \(options)"))
    defer { withExtendedLifetime(experiment) {} }
    let plan = try #require(experiment.finetunePlan)
    var batch = TestBatch(variables: ["logp"])
    batch.values += ["kl_weight", "policy_weight", "clip_low", "clip_high"].map { ($0, [1, 1, 1, 1, 1, 1]) }
    if rule { _ = try plan.kl.rule?.weights(try batch.columns(), in: TestBatch.context(step)) }
    let names = ["vf", "entropy", "kl", "push", "clip"]
    return failure {
      _ = try plan.objective.loss(try batch.columns(), coefficients: names.map { Metric($0, 1) }, step: step)
    }
  }

  @Test(arguments: [
    ("kl = { coef = 1 }", "option 'kl.coef' does nothing: the loss reads no c.kl"),
    ("vf = 0.5", "option 'vf' does nothing: the loss reads no c.vf"),
    ("clip = 0.2", "option 'clip' does nothing: the loss reads no c.clip, t.clip_low, t.clip_high"),
    ("ratio = 'sequence'", "option 'ratio' does nothing: the loss reads no c.ratio"),
    ("coefficients = { push = 1 }", "option 'coefficients.push' does nothing: the loss reads no c.push"),
    (
      "kl = { coef = 0, rule = rules.clip_higher() }",
      "a clip range of 'kl.rule' does nothing: the loss reads no t.clip_low, t.clip_high"
    ),
    (
      "kl = { coef = 0, rule = function() return { policy = 2 } end }",
      "a policy weight of 'kl.rule' does nothing: the loss reads no t.policy_weight"
    ),
  ])
  func rejectsALossThatDoesNotReadWhatWasSetForIt(_ options: String, _ message: String) throws {
    let error = try #require(try firstCall("function(t, c) return t.logp:sum() end", options, rule: true))
    #expect(error.message == "hook 'loss' of stage 'rl' at step 1: \(message)")
    #expect(error.hint?.contains("at some steps alone reads it first") == true)
    // A run that goes on has no first step: it must end as the whole run does.
    #expect(try firstCall("function(t, c) return t.logp:sum() end", options, step: 2, rule: true) == nil)
  }

  @Test(arguments: [
    ("c.kl + t.kl_weight:sum()", "kl = { coef = 1, rule = function() return 2 end }"),
    ("c.vf + c.push", "vf = 0.5, coefficients = { push = 1 }"), ("t.clip_high:sum()", "clip = 0.2"),
    ("0", "kl = { coef = 0, rule = function() return 2 end }"), ("0", "vf = 0, entropy = 0, kl = { coef = 0 }"),
    ("0", "kl = { coef = 1, where = 'reward', rule = function() return 2 end }"),
  ])
  func acceptsALossThatReadsItAll(_ term: String, _ options: String) throws {
    #expect(try firstCall("function(t, c) return t.logp:sum() + \(term) end", options, rule: true) == nil)
  }

  @Test func endsTheFirstStepWhenNobodyReadsTheClipRangesOfARule() throws {
    let rule = "kl = { coef = 1, rule = function() return { clip_low = 0.1, clip_high = 0.2 } end }"
    let error = try #require(failure { _ = try train(Self.tiny(rule)) })
    #expect(
      error.message
        == "algorithm 'a2c' of stage 'rl' at step 1: a clip range of 'kl.rule' does nothing: the loss reads no t.clip_low, "
        + "t.clip_high")
    _ = try train(Self.tiny("algorithm = 'ppo', \(rule)"))
  }

  private static func tiny(_ more: String) -> String {
    """
    local one = swerve.tasks.addition { comfort = 1 }
    local base = swerve.pretrain {
      model = { layers = 1, heads = 1, width = 4, context = 256 }, task = one, steps = 1, batch = 2, lr = 1e-3,
    }
    return swerve.finetune { name = "rl", from = base, task = one, updates = 1, episodes = 2, minibatch = 1, lr = 1e-3,
      \(more) }
    """
  }
}
