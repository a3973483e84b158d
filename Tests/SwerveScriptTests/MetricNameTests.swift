import SwerveRL
import Testing

@testable import SwerveScript

/// A misspelt metric is an error; one that is still to come is nil.
@Suite struct MetricNameTests {
  /// The coefficient of the penalty at step 2, by a schedule (Lua, from line 2).
  private func value(_ schedule: String, _ metrics: [Metric] = [], more: String = "") throws -> Float? {
    let experiment = try load(finetune("kl = { coef = \(schedule) }, \(more)"))
    defer { withExtendedLifetime(experiment) {} }
    return try experiment.finetunePlan?.kl.coefficient.value(2, metrics)
  }

  @Test(arguments: [
    ("function(_, m) return m['kl/k22'] * 2 end", "kl/k22", "; did you mean 'kl/k2'?"),
    ("function(_, m) return m.retrun end", "retrun", "; did you mean 'return'?"),
    ("function(_, m) return m['rule/alpha'] or 1 end", "rule/alpha", ""),
    ("function(_, m) return m['log/x'] or 1 end", "log/x", ""),
    ("function(_, m) return m[1] end", "1 (number)", ""),
    ("anneal.plateau { start = 1, metric = 'retrun' }", "retrun", "; did you mean 'return'?"),
    (
      "swerve.control.adaptive_kl { start = 1, target = 1, horizon = 9, episodes = 9, metric = 'kl/k9' }", "kl/k9",
      "; did you mean 'kl/k1'?"
    ),
  ])
  func rejectsAMetricThatNoStepLogs(schedule: String, name: String, suggestion: String) throws {
    let error = try #require(failure { _ = try value(schedule, [Metric("return", 1), Metric("kl/k2", 1)]) })
    let message = "option 'kl.coef' of stage 'rl' at step 2: there is no metric '\(name)'\(suggestion)"
    #expect(error.message == message || error.message.hasPrefix(message + " (in lua/swerve/"), "\(error)")
    #expect(error.place == ScriptPlace(file: "examples/test.lua", line: 2))
    #expect(error.hint?.hasPrefix("stage 'rl' logs loss, loss/policy, ") == true)
  }

  @Test(arguments: [
    ("loss/policy", ""), ("success/plus1", "eval = { every = 2, sets = { plus1 = 1 } }"), ("log/x", "log = print"),
    ("loss/mine", "loss = function(t) return t.logp:sum() end"), ("critical/train/step_1/digit", ""),
    ("coef/clip", "algorithm = 'ppo'"),
  ])
  func returnsNilForAMetricThatIsStillToCome(name: String, more: String) throws {
    #expect(try value("function(_, m) return m['\(name)'] or 3 end", more: more) == 3)
  }

  @Test func rejectsAnUnknownMetricInARule() throws {
    let experiment = try load(
      finetune("kl = { coef = 1, rule = function(_, _, _, _, m) return m.retrun or 1 end }"))
    let rule = experiment.finetunePlan?.kl.rule
    let error = try #require(failure { _ = try rule?.weights(TestBatch().columns(), in: TestBatch.context(1)) })
    #expect(
      error.message
        == "hook 'kl.rule' of stage 'rl' at step 1: there is no metric 'retrun'; did you mean 'return'?")
  }

  @Test func rejectsAnUnknownMetricInAPlan() throws {
    let script = finetune("vf = function(step, m) return step > 3 and m.retrun or 1 end")
    let error = try #require(failure { _ = try load(script).curves() })
    #expect(error.message.contains("at step 4: there is no metric 'retrun'; did you mean 'return'?"))
  }

  /// The list and what training logs are written in two places.
  @Test(arguments: ["a2c", "reinforce", "ppo", "grpo"])
  func knowsEverythingThatIsLogged(algorithm: String) throws {
    let script = """
      local one = swerve.tasks.addition { comfort = 1, plus = 1 }
      local eval = { every = 1, sets = { comfort = 1 } }
      local base = swerve.pretrain { eval = eval,
        model = { layers = 1, heads = 1, width = 4, context = 256 }, task = one, steps = 1, batch = 2, lr = 1e-3,
      }
      return swerve.finetune { name = "rl", from = base, task = one, updates = 1, episodes = 8, minibatch = 4, lr = 1e-3,
        algorithm = '\(algorithm)', eval = eval, log = function() return { x = 1 } end,
        kl = { coef = 1, rule = rules.certainty { alpha = 1 } } }
      """
    let names = try load(script).contexts.map(\.metricNames)
    let logged = try train(script).records
    for (stage, names) in zip(["pretrain", "rl"], names) {
      let names = try #require(names)
      let seen = Set(logged.filter { $0.stage == stage }.flatMap { $0.metrics.map(\.name) })
      #expect(seen.allSatisfy(names.mayHold), "\(seen.filter { !names.mayHold($0) }.sorted())")
      // An untrained model's answers have no critical places.
      let unseen = names.known.filter { !seen.contains($0) && !$0.hasPrefix("critical/") }
      #expect(unseen.isEmpty)
    }
  }
}
