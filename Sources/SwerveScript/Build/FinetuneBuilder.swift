import LuaRuntime
import SwerveModel
import SwerveRL

/// swerve.finetune
enum FinetuneBuilder {
  static func stage(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let options = arguments.options
    let context = StageContext(name: "finetune", place: arguments.place, host: host, state: arguments.state)
    let task = options.task()
    let kl = klPlan(options.options("kl"), context)
    var plan = FinetunePlan(
      name: context.name, source: .fresh, task: task, objective: try objective(options, kl, context),
      updates: options.integer("updates"), episodes: options.integer("episodes"),
      minibatch: options.integer("minibatch"), temperature: options.schedule("temperature", context),
      learningRate: options.schedule("lr", context), valueCoefficient: options.schedule("vf", context),
      entropyCoefficient: options.schedule("entropy", context), kl: kl, optimizer: options.optimizer(),
      evaluation: try options.evaluation(task))
    try complete(&plan, options, context)
    let stage = try StageObject(
      givenName: options.stageName(), source: options.stageSource(), context: context, draft: .finetune(plan))
    return [.object(stage)]
  }

  /// What the plan has defaults for.
  private static func complete(
    _ plan: inout FinetunePlan, _ options: CheckedOptions, _ context: StageContext
  ) throws {
    guard plan.minibatch <= plan.episodes else {
      throw ScriptError(
        "option 'minibatch' must be at most 'episodes' (\(plan.episodes)), got \(plan.minibatch) (number)")
    }
    plan.memory = context.memories
    plan.epochs = options.integer("epochs")
    plan.gamma = options.float("gamma")
    plan.gaeLambda = options.float("gae_lambda")
    plan.normalization = choice(options, "normalize")
    plan.extraCoefficients = try extraCoefficients(options, context)
    if let critic = options.options("critic") {
      plan.criticWidth = critic.integer("width")
      if critic.has("lr") { plan.criticLearningRate = critic.schedule("lr", context) }
      plan.detachCritic = critic.boolean("detach")
      plan.criticWarmup = critic.integer("warmup")
    }
  }

  private static func extraCoefficients(
    _ options: CheckedOptions, _ context: StageContext
  ) throws -> [(name: String, schedule: Schedule)] {
    let reserved = ScriptAPI.coefficients.fields.map(\.name) + ["lr", "temperature"]
    return try options.map("coefficients").map { name, value in
      guard !name.isEmpty, name.unicodeScalars.allSatisfy(isWordScalar) else {
        throw ScriptError("the name of a coefficient must be letters, digits and '_', got \(quoted(name))")
      }
      guard !reserved.contains(name) else {
        throw ScriptError("option 'coefficients.\(name)' has the name of a coefficient that every loss has")
      }
      return (name, ScriptedSchedule.make(value, range: .any, path: "coefficients.\(name)", context))
    }
  }

  /// No `kl` at all is a penalty with coefficient 0, so that the divergence is still measured.
  private static func klPlan(_ options: CheckedOptions?, _ context: StageContext) -> KLPlan {
    guard let options else {
      return KLPlan(
        coefficient: .constant(0), estimator: .k2, place: .loss, certaintyTemperature: 1,
        certainty: .negentropyMaxProb, rule: nil, allowsNegativeWeights: false)
    }
    let rule = ScriptedRule(options["rule"], allowsNegative: options.boolean("allow_negative"), context)
    return KLPlan(
      coefficient: options.schedule("coef", context), estimator: KLEstimator(rawValue: options.string("estimator")),
      place: choice(options, "where"), certaintyTemperature: options.float("temperature"),
      certainty: choice(options, "certainty"), rule: rule,
      allowsNegativeWeights: rule?.allowsNegative ?? options.boolean("allow_negative"))
  }

  private static func objective(
    _ options: CheckedOptions, _ kl: KLPlan, _ context: StageContext
  ) throws -> any Objective {
    let estimator = kl.estimator?.rawValue ?? "full"
    if let loss = options["loss"].asFunction {
      if options.has("algorithm") {
        throw ScriptError("options 'loss' and 'algorithm' can't be given together: each says what to descend")
      }
      let place = context.host.definition(of: loss) ?? context.place
      let hook = Hook(subject: "hook 'loss'", function: loss, place: place, stage: context)
      return ScriptedObjective(hook: hook, estimator: estimator)
    }
    let name = options.has("algorithm") ? options.string("algorithm") : "a2c"
    let loader = try context.load("return require(...)")
    guard case .function(let loss)? = try loader.call([.string("swerve.\(name)")]).first else {
      throw ScriptError("the library's module swerve.\(name) must return the loss, a function")
    }
    let hook = Hook(subject: "algorithm '\(name)'", function: loss, place: context.place, stage: context)
    return ScriptedObjective(hook: hook, estimator: estimator)
  }

  /// A choice that is declared with the raw values of its type.
  private static func choice<T: RawRepresentable<String>>(_ options: CheckedOptions, _ name: String) -> T {
    guard let value = T(rawValue: options.string(name)) else {
      preconditionFailure("`\(name)` is declared with the names of \(T.self)")
    }
    return value
  }
}
