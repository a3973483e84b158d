import LuaRuntime
import SwerveModel
import SwerveRL
import Testing

@testable import SwerveScript

/// From a script to a plan.
@Suite struct LoadingTests {
  /// The example of the design page.
  static let example = """
    local o = swerve.options { digits = 3, alpha = 20, kl = 5.0 }

    local reference = swerve.pretrain {
      model = { layers = 4, heads = 4, width = 128, context = 512 },
      task  = swerve.tasks.addition { comfort = o.digits },
      steps = 2000, batch = 32,
      lr    = anneal.cosine { peak = 2e-3, warmup = 50, floor = 2e-4, steps = 2000 },
    }

    return swerve.finetune {
      name = "prioritized-kl",
      from = reference,
      task = swerve.tasks.addition { comfort = o.digits, plus = 1 },
      algorithm = "a2c",
      updates = 40, episodes = 50, minibatch = 10, temperature = 1.0, gamma = 1.0, gae_lambda = 0.95,
      lr = 1e-4, vf = 0.1, entropy = 0.001,
      kl = { coef = o.kl, estimator = "k2", temperature = 4.0,
             rule = rules.certainty { alpha = anneal.linear { from = 0, to = o.alpha, steps = 20 } } },
      eval = { every = 2, sets = { comfort = 20, plus1 = 100 } },
    }
    """

  @Test func loadsStagesInTheOrderInWhichTheyRun() throws {
    let experiment = try load(Self.example)
    #expect(experiment.plan.name == "test")
    #expect(experiment.plan.stages.map(\.name) == ["pretrain", "prioritized-kl"])
    #expect(experiment.plan.stages.map(\.info.kind) == ["pretrain", "finetune"])
    #expect(experiment.place(ofStage: "pretrain") == ScriptPlace(file: "examples/test.lua", line: 4))
    #expect(experiment.place(ofStage: "prioritized-kl") == ScriptPlace(file: "examples/test.lua", line: 11))
    guard case .stage("pretrain") = experiment.plan.stages[1].source else {
      Issue.record("the source is \(experiment.plan.stages[1].source)")
      return
    }
  }

  @Test func passesOptionsOfAPretrainStageToThePlan() throws {
    let plan = try #require(try load(Self.example).pretrainPlan)
    #expect(plan.model == (try ModelConfiguration(layers: 4, heads: 4, width: 128, context: 512, vocabulary: 41)))
    #expect(plan.steps == 2000 && plan.batch == 32 && plan.randomPositions)
    var optimizer = AdamW.Options()
    optimizer.beta1 = 0.9
    optimizer.beta2 = 0.99
    optimizer.epsilon = 1e-8
    optimizer.decay = 0.1
    optimizer.clip = 1
    #expect(plan.optimizer == optimizer)
    #expect(plan.evaluation == nil)
  }

  @Test func passesOptionsOfAFinetuneStageToThePlan() throws {
    let experiment = try load(Self.example)
    let plan = try #require(experiment.finetunePlan)
    #expect(plan.updates == 40 && plan.episodes == 50 && plan.minibatch == 10 && plan.epochs == 1)
    #expect(plan.gamma == 1 && plan.gaeLambda == 0.95 && plan.normalization == .none)
    #expect(try plan.learningRate.value(1, []) == 1e-4)
    #expect(try plan.valueCoefficient.value(9, []) == 0.1 && plan.entropyCoefficient.value(9, []) == 0.001)
    #expect(try plan.kl.coefficient.value(1, []) == 5)
    #expect(plan.kl.estimator == .k2 && plan.kl.location == .loss && plan.kl.certaintyTemperature == 4)
    #expect(plan.kl.certainty == .negentropyMaxProb)
    #expect(plan.optimizer.beta2 == 0.999 && plan.optimizer.decay == 0 && plan.optimizer.clip == 0)
    #expect(plan.criticWidth == 128 && !plan.detachCritic && plan.criticWarmup == 0)
    let evaluation = try #require(plan.evaluation)
    #expect(evaluation.every == 2 && evaluation.greedy && evaluation.samples == 3)
    #expect(evaluation.sets.map(\.set) == [.comfort, .plus(1)] && evaluation.sets.map(\.episodes) == [20, 100])
    #expect((plan.task as? AdditionTask)?.plus == 1)
  }

  @Test func acceptsAnotherValueForEveryOption() throws {
    let experiment = try load(
      finetune(
        """
        episodes = 4, minibatch = 2, epochs = 3, normalize = 'mean_std',
        critic = { width = 8, detach = true, warmup = 2 },
        max_grad_norm = 0.5, decay = 0.01, beta1 = 0.8, epsilon = 1e-6, vf = function(step) return step / 4 end,
        loss = function(t) return t.logp:sum() end,
        coefficients = { zeta = 3, clip = function(step) return 0.25 * step end },
        kl = { coef = 1, estimator = 'full', where = 'reward', certainty = 'sample', allow_negative = true },
        eval = { every = 1, sets = { plus1 = 2, comfort = 1 }, greedy = false, samples = 0 }
        """))
    let plan = try #require(experiment.finetunePlan)
    #expect(plan.epochs == 3 && plan.normalization == .meanAndDeviation)
    #expect(plan.criticWidth == 8 && plan.detachCritic && plan.criticWarmup == 2)
    #expect(plan.optimizer.clip == 0.5 && plan.optimizer.decay == 0.01 && plan.optimizer.beta1 == 0.8)
    #expect(try plan.valueCoefficient.value(2, []) == 0.5)
    #expect(plan.extraCoefficients.map(\.name) == ["clip", "zeta"])
    #expect(try plan.extraCoefficients.map { try $0.schedule.value(2, []) } == [0.5, 3])
    #expect(plan.kl.estimator == nil && plan.kl.location == .reward && plan.kl.certainty == .sample)
    #expect(plan.kl.rule == nil)
    #expect(plan.evaluation?.greedy == false && plan.evaluation?.samples == 0)
    #expect(experiment.checkpointPaths == ["m.safetensors"])
  }

  @Test func passesAllOptionsOfAddition() throws {
    let experiment = try load(
      """
      local t = swerve.tasks.addition { comfort = 2, plus = 3, plus_share = 0.25, hard_digits = { 3, 5 } }
      return swerve.finetune { from = 'm', task = t, updates = 1, lr = 0 }
      """)
    let task = try #require(experiment.finetunePlan?.task as? AdditionTask)
    #expect(task.comfort == 2 && task.plus == 3 && task.plusShare == 0.25 && task.hardDigits == 3...5)
  }

  @Test func runsStagesOfAListOnceEachAfterTheirSource() throws {
    let experiment = try load(
      """
      local m = { layers = 1, heads = 1, width = 4, context = 512, positions = 'rotary' }
      local base = swerve.pretrain { model = m, task = task, steps = 1, lr = 0 }
      local more = swerve.pretrain { from = base, task = task, steps = 1, lr = 0 }
      local function tune(name)
        return swerve.finetune { name = name, from = more, task = task, updates = 1, lr = 0 }
      end
      return { tune(), tune 'b', tune() }
      """)
    #expect(experiment.plan.stages.map(\.name) == ["pretrain", "pretrain-2", "finetune", "b", "finetune-2"])
    #expect(experiment.pretrainPlan?.model?.positions == .rotary)
    #expect(experiment.checkpointPaths.isEmpty)
  }

  @Test func avoidsGivenNamesInDefaultNames() throws {
    let experiment = try load(
      """
      local function tune(name) return swerve.finetune { name = name, from = 'm', task = task, updates = 1, lr = 0 } end
      return { tune(), tune 'finetune' }
      """)
    #expect(experiment.plan.stages.map(\.name) == ["finetune-2", "finetune"])
  }

  @Test func listsEveryLoadedFile() throws {
    let experiment = try load(
      "local x = require 'parts.one'; " + finetune("vf = x"),
      modules: [("parts.one", "return require('two') + 1"), ("two", "return 2")])
    let gallery = "lua/swerve/rules/"
    let paths = experiment.filesRead.map(\.path)
    #expect(
      paths.filter { !$0.hasPrefix(gallery) && $0 != "lua/swerve/covariance.lua" } == [
        "examples/test.lua", "lua/swerve/init.lua", "lua/swerve/check.lua", "lua/swerve/anneal.lua",
        "lua/swerve/control.lua", "lua/swerve/rules.lua", "lua/swerve/kl.lua", "lua/swerve/stop.lua",
        "examples/parts/one.lua",
        "examples/two.lua", "lua/swerve/a2c.lua",
      ])
    #expect(paths.contains(gallery + "certainty.lua") && Set(paths).count == paths.count)
    #expect(experiment.filesRead.last?.text.contains("arXiv 2502.06533") == true)
    #expect(try experiment.finetunePlan?.valueCoefficient.value(1, []) == 3)
  }

  @Test func printsToTheOutput() throws {
    var lines: [String] = []
    _ = try load("print('hello', 1.5)\n" + finetune("")) { lines.append($0) }
    #expect(lines == ["hello\t1.5\n"])
  }

  @Test func drawsRandomNumbersOfTheScriptFromTheSeed() throws {
    let drawn = try [7, 7, 8].map { (seed: UInt64) in
      var line = ""
      _ = try load("print(math.random())\n" + finetune(""), seed: seed) { line += $0 }
      return line
    }
    #expect(drawn[0] == drawn[1] && drawn[0] != drawn[2])
  }

  @Test func offersTheWholeAPIToPlainLua() throws {
    let state = ScriptAPI.makeState(seed: 1, library: TestSources()) { _ in }
    let chunk = try state.load("return require('swerve').tasks.addition { comfort = 2 }", chunkName: "=stdin")
    let made = try #require(try chunk.call().first?.asObject(TaskObject.self))
    #expect(try made.task(in: TaskSetting(problemsInStep: 1, model: { nil })).name == "addition")
  }
}
