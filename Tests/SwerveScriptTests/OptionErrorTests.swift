import Testing

@testable import SwerveScript

/// Every error about an option: its whole text and its line. Scripts start at line 2.
@Suite struct OptionErrorTests {
  struct Case: CustomTestStringConvertible {
    let script: String
    let line: Int
    let message: String
    var testDescription: String { message }

    init(_ script: String, _ line: Int, _ message: String) {
      self.script = script
      self.line = line
      self.message = message
    }
  }

  private func check(_ test: Case) throws {
    let error = try #require(failure(test.script), "the script loads")
    #expect(error.message == test.message)
    #expect(error.place == ScriptPlace(file: "examples/test.lua", line: test.line))
    #expect(error.kind == .script)
  }

  static let values = [
    Case(finetune("gamma = 1.5"), 2, "option 'gamma' must be in [0, 1], got 1.5 (number)"),
    Case(finetune("\n\ngamma = 0/0"), 2, "option 'gamma' must be a finite number in [0, 1], got nan (number)"),
    Case("\n\n" + finetune("beta2 = 1"), 4, "option 'beta2' must be in [0, 1), got 1 (number)"),
    Case(finetune("beta2 = 1 - 1e-12"), 2, "option 'beta2' must be in [0, 1), got 0.999999999999 (number)"),
    Case(finetune("temperature = 0"), 2, "option 'temperature' must be above 0, got 0 (number)"),
    Case(
      finetune("temperature = 'hot'"), 2,
      "option 'temperature' must be a number above 0 or a function that gives one, got \"hot\" (string)"),
    Case(finetune("vf = -1"), 2, "option 'vf' must be at least 0, got -1 (number)"),
    Case(finetune("vf = math.huge"), 2, "option 'vf' must be a finite number at least 0, got inf (number)"),
    Case(finetune("entropy = 0/0"), 2, "option 'entropy' must be a finite number, got nan (number)"),
    Case(finetune("episodes = 2.5"), 2, "option 'episodes' must be a whole number in [1, 65536], got 2.5 (number)"),
    Case(finetune("episodes = '5'"), 2, "option 'episodes' must be a whole number in [1, 65536], got \"5\" (string)"),
    Case(finetune("max_grad_norm = {}"), 2, "option 'max_grad_norm' must be a number at least 0, got a table"),
    Case(
      finetune("normalize = 'std'"), 2,
      "option 'normalize' must be one of \"none\", \"mean\", \"mean_std\", \"group_std\", got \"std\" (string)"),
    Case(
      finetune("algorithm = 'trpo'"), 2,
      "option 'algorithm' must be one of \"a2c\", \"reinforce\", \"ppo\", \"grpo\", got \"trpo\" (string); did you mean 'grpo'?"
    ),
    Case(finetune("loss = 3"), 2, "option 'loss' must be a function, got 3 (number)"),
    Case(finetune("critic = { detach = 1 }"), 2, "option 'critic.detach' must be true or false, got 1 (number)"),
    Case(finetune("critic = 128"), 2, "option 'critic' must be a table of options, got 128 (number)"),
    Case(finetune("kl = { coef = -1 }"), 2, "option 'kl.coef' must be at least 0, got -1 (number)"),
    Case(
      finetune("kl = { coef = 1, estimator = 'k4' }"), 2,
      "option 'kl.estimator' must be one of \"k1\", \"k2\", \"k3\", \"full\", \"k3_straight\", \"k3_unbiased\", "
        + "got \"k4\" (string)"),
    Case(
      finetune("kl = { coef = 1, rule = 2 }"), 2, "option 'kl.rule' must be a function or a rule, got 2 (number)"),
    Case(
      finetune("coefficients = { clip = 'x' }"), 2,
      "option 'coefficients.clip' must be a finite number or a function that gives one, got \"x\" (string)"),
    Case(
      finetune("eval = { every = 0, sets = { comfort = 1 } }"), 2,
      "option 'eval.every' must be a whole number in [1, 1000000], got 0 (number)"),
    Case(
      finetune("eval = { every = 1, sets = { comfort = 'many' } }"), 2,
      "option 'eval.sets.comfort' must be a whole number in [1, 1000000], got \"many\" (string)"),
    Case(
      "swerve.finetune { task = 'addition' }", 2,
      "option 'from' of swerve.finetune is missing; it must be a stage or a string"),
    Case("swerve.finetune { from = 1 }", 2, "option 'from' must be a stage or a string, got 1 (number)"),
    Case(
      "swerve.finetune { from = 'm', task = 'addition' }", 2,
      "option 'task' must be a task, such as swerve.tasks.addition { ... }, got \"addition\" (string)"),
    Case("swerve.finetune(1)", 2, "argument 'options' must be a table of options, got 1 (number)"),
    Case("swerve.finetune({}, 2)", 2, "swerve.finetune takes 1 argument, got 2"),
    Case("swerve.finetune()", 2, "argument 'options' of swerve.finetune is missing; it must be a table of options"),
    Case(
      "swerve.finetune { task }", 2,
      "swerve.finetune takes named options, got a value without a name (key 1 (number))"),
  ]

  @Test(arguments: values) func namesAWrongValue(test: Case) throws { try check(test) }

  static let names = [
    Case(finetune("updatse = 4"), 2, "unknown option 'updatse' of swerve.finetune; did you mean 'updates'?"),
    Case(finetune("learning_rate = 4"), 2, "unknown option 'learning_rate' of swerve.finetune"),
    Case(finetune("temp = 4"), 2, "unknown option 'temp' of swerve.finetune; did you mean 'temperature'?"),
    Case(
      finetune("kl = { coef = 1, certainity = 'sample' }"), 2,
      "unknown option 'kl.certainity' of swerve.finetune; did you mean 'certainty'?"),
    Case(
      finetune("kl = { rule = nil }"), 2,
      "option 'kl.coef' of swerve.finetune is missing; it must be a number at least 0 or a function that gives one"),
    Case(
      finetune("eval = { every = 1, sets = { comfrot = 2 } }"), 2,
      "unknown problem set 'comfrot' in option 'eval.sets'; did you mean 'comfort'?"),
    Case(
      finetune("eval = { every = 1, sets = { plus13 = 2 } }"), 2,
      "unknown problem set 'plus13' in option 'eval.sets'; did you mean 'plus1'?"),
    Case(
      finetune("eval = { every = 1, sets = {} }"), 2,
      "option 'eval.sets' must name at least one problem set, got an empty table"),
    Case(
      finetune("coefficients = { vf = 1 }"), 2,
      "option 'coefficients.vf' has the name of a coefficient that every loss has"),
    Case(
      finetune("coefficients = { ['a b'] = 1 }"), 2,
      "the name of a coefficient must be letters, digits and '_', at most 80 of them, got \"a b\""),
    Case(finetune("minibatch = 60"), 2, "option 'minibatch' must be at most 'episodes' (50), got 60 (number)"),
    Case(
      finetune("algorithm = 'a2c', loss = print"), 2,
      "options 'loss' and 'algorithm' can't be given together: each says what to descend"),
    Case(
      "swerve.pretrain { name = 'a/b', task = task, steps = 1, lr = 0, from = 'm' }", 2,
      "option 'name' must be letters, digits, '.', '_' and '-', at most 80 and not starting with '.', "
        + "got \"a/b\""
    ),
    Case("swerve.pretrian {}", 2, "swerve has no 'pretrian'; did you mean 'pretrain'?"),
    Case("local x = anneal.linaer", 2, "swerve.anneal has no 'linaer'; did you mean 'linear'?"),
    Case("local x = swerve.tasks.sum", 2, "swerve.tasks has no 'sum'"),
    Case("swrve.pretrain {}", 2, "unknown global 'swrve'"),
  ]

  @Test(arguments: names) func namesAWrongName(test: Case) throws { try check(test) }

  static let models = [
    Case(
      "swerve.pretrain { task = task, steps = 1, lr = 0 }", 2,
      "option 'model' of swerve.pretrain is missing; it must be a table of options, unless option 'from' is given"),
    Case(
      "swerve.pretrain { task = task, steps = 1, lr = 0, from = 'm', "
        + "model = { layers = 1, heads = 1, width = 4, context = 400 } }",
      2,
      "option 'model' is for new models, but this stage goes on from the model of option 'from'"),
    Case(
      "swerve.pretrain { task = task, steps = 1, lr = 0, model = { layers = 1, heads = 3, width = 4, context = 400 } }",
      2,
      "option 'model': width (4) must be a multiple of heads (3)"),
    Case(
      "swerve.pretrain { task = task, steps = 1, lr = 0, model = { layers = 1, heads = 2, width = 4, context = 1 } }",
      2,
      "option 'model.context' must be a whole number in [2, 65536], got 1 (number)"
    ),
    Case(
      "swerve.tasks.addition { comfort = 16 }", 2, "option 'comfort' must be a whole number in [1, 15], got 16 (number)"
    ),
    Case(
      "swerve.tasks.addition { comfort = 12, plus = 4 }", 2,
      "option 'plus' must be in 0...3 (comfort + plus is at most 15 digits), got 4"),
    Case(
      "swerve.tasks.addition { comfort = 2, plus_share = 0.5 }", 2,
      "option 'plus_share' needs 'plus' to be at least 1, got 0.5 with plus 0"),
    Case(
      "swerve.tasks.addition { comfort = 2, plus = 1, hard_digits = { 3, 4 } }", 2,
      "option 'hard_digits' needs 'plus' to be at least 1 and hi at most comfort + plus, "
        + "got {3, 4} with comfort 2 and plus 1"
    ),
    Case(
      "swerve.tasks.addition { comfort = 2, plus = 1, hard_digits = { 3, 2 } }", 2,
      "option 'hard_digits' must be two whole numbers {lo, hi} in [1, 15], lo at most hi, got a table"),
  ]

  @Test(arguments: models) func rejectsAModelOrTaskThatCannotBe(test: Case) throws { try check(test) }

  @Test(arguments: [
    ("/tmp/m.safetensors", "it is absolute"), ("../m.safetensors", "'..' may lead out of the script's folder"),
    ("a/../b", "'..' may lead out of the script's folder"), ("", "it is empty"), ("models/", "it names a folder"),
    ("a\\nb", "it has a control character"),
  ])
  func rejectsACheckpointOutsideTheScriptsFolder(path: String, reason: String) throws {
    let error = try #require(failure("swerve.finetune { from = '\(path)', task = task, updates = 1, lr = 0 }"))
    #expect(
      error.message == "option 'from' must be a stage or the path of a checkpoint below the script's folder, got "
        + "\"\(path)\": \(reason)")
    #expect(error.hint == "copy the checkpoint beside the script, so that the experiment can be repeated elsewhere")
  }

  @Test func listsKnownOptionsInAHint() throws {
    let error = try #require(failure("swerve.tasks.addition { digits = 3 }"))
    #expect(error.hint == "swerve.tasks.addition takes comfort, plus, plus_share, hard_digits, lengths")
    let nested = try #require(failure(finetune("critic = { size = 3 }")))
    #expect(nested.hint == "swerve.finetune's critic takes width, lr, detach, warmup")
  }

  @Test func letsAScriptCatchAnErrorOfTheAPI() throws {
    var lines = ""
    _ = try load("print(pcall(swerve.tasks.addition, { comfort = 0 }))\n" + finetune("")) { lines += $0 }
    #expect(lines == "false\texamples/test.lua:2: option 'comfort' must be a whole number in [1, 15], got 0 (number)\n")
  }
}
