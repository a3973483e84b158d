import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveText

/// swerve.finetune
enum FinetuneBuilder {
  static func stage(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let options = arguments.options
    let context = StageContext(name: FinetunePlan.kind, place: arguments.place, host: host, state: arguments.state)
    let task = try options.task(problemsInStep: options.integer("episodes") / group(options), host)
    try FactoryFunctions.check(options, host)
    let kl = try klPlan(options.options("kl"), Algorithm(options), context)
    var plan = FinetunePlan(
      name: context.name, source: .fresh, task: task, objective: try objective(options, kl, context),
      updates: options.integer("updates"), episodes: options.integer("episodes"),
      minibatch: options.integer("minibatch"), temperature: options.schedule("temperature", context),
      learningRate: options.schedule("lr", context), valueCoefficient: options.schedule("vf", context),
      entropyCoefficient: options.schedule("entropy", context), kl: kl, optimizer: options.optimizer(),
      evaluation: try options.evaluation(task))
    try complete(&plan, options, context)
    try UnreadOptions.check(options, plan)
    try checkConstants(options, context)
    let stage = try StageObject(
      givenName: options.stageName(), source: options.stageSource(), context: context, draft: plan)
    return [.object(stage)]
  }

  /// Fills in the options for which the plan has defaults.
  private static func complete(
    _ plan: inout FinetunePlan, _ options: CheckedOptions, _ context: StageContext
  ) throws {
    guard plan.minibatch <= plan.episodes else {
      throw ScriptError(
        "option 'minibatch' must be at most 'episodes' (\(plan.episodes)), got \(plan.minibatch) (number)")
    }
    plan.state = context.hookStates
    plan.lanes = options.lanes()
    plan.adapters = try options.adapters()
    plan.epochs = options.integer("epochs")
    plan.gamma = options.float("gamma")
    plan.gaeLambda = options.float("gae_lambda")
    try completeAdvantages(&plan, options)
    plan.extraCoefficients = try extraCoefficients(options, context)
    if let reference = options.options("reference") {
      if plan.adapters != nil {
        throw ScriptError(
          "option 'reference' moves a copy of the model, but with 'train' = \"lora\" the reference is the model below the adapters",
          hint: "leave `reference` out, or train all weights")
      }
      plan.referenceSync = ReferenceSync(every: reference.integer("every"), mix: reference.float("mix"))
    }
    plan.log = ScriptedLog(options["log"], context)
    plan.ending = options.ending(context)
    if let critic = options.options("critic") {
      plan.criticWidth = critic.integer("width")
      if critic.has("lr") { plan.criticLearningRate = critic.schedule("lr", context) }
      plan.detachCritic = critic.boolean("detach")
      plan.criticWarmup = critic.integer("warmup")
    }
  }

  /// Episodes of one problem.
  private static func group(_ options: CheckedOptions) -> Int {
    options.has("group") ? options.integer("group") : Algorithm(options).group
  }

  private static func completeAdvantages(_ plan: inout FinetunePlan, _ options: CheckedOptions) throws {
    let algorithm = Algorithm(options)
    plan.advantage = options.has("advantage") ? choice(options, "advantage") : algorithm.advantage
    plan.normalization = options.has("normalize") ? choice(options, "normalize") : algorithm.normalization
    plan.truncated = choice(options, "truncated")
    if plan.truncated == .bootstrap && plan.advantage != .gae {
      throw ScriptError(
        "option 'truncated' = \"bootstrap\" needs the critic's values, but 'advantage' is \(quoted(plan.advantage.rawValue))",
        hint: "use advantage = \"gae\", or leave `truncated` out")
    }
    plan.group = group(options)
    let usesGroups = plan.advantage == .group || plan.advantage == .leaveOneOut
    guard plan.episodes % plan.group == 0 else {
      throw ScriptError(
        "option 'episodes' must be a multiple of 'group' (\(plan.group)), got \(plan.episodes) (number)")
    }
    if usesGroups && plan.group < 2 {
      throw ScriptError(
        "option 'advantage' = \(quoted(plan.advantage.rawValue)) compares the episodes of one problem: 'group' must be at least "
          + "2, got \(plan.group) (number)")
    }
    if plan.normalization == .groupDeviation && !usesGroups {
      throw ScriptError(
        "option 'normalize' = \"group_std\" needs 'advantage' to be \"group\" or \"leave_one_out\", got "
          + quoted(plan.advantage.rawValue))
    }
  }

  private static func extraCoefficients(
    _ options: CheckedOptions, _ context: StageContext
  ) throws -> [(name: String, schedule: Schedule)] {
    var clips: [(name: String, schedule: Schedule)] = []
    if Algorithm(options).clips || options.has("clip") {
      clips.append(("clip", options.has("clip") ? options.schedule("clip", context) : .constant(Algorithm.clip)))
    }
    if options.has("clip_high") { clips.append(("clip_high", options.schedule("clip_high", context))) }
    if options.has("value_clip") { clips.append(("value_clip", options.schedule("value_clip", context))) }
    return try clips + namedCoefficients(options, context, taken: clips.map(\.name))
  }

  private static func namedCoefficients(
    _ options: CheckedOptions, _ context: StageContext, taken: [String]
  ) throws -> [(name: String, schedule: Schedule)] {
    // A script's own loss may use these names for coefficients if the options are absent.
    let free = ["clip", "value_clip"]
    let reserved =
      CoefficientsObject.declaration.fields.map(\.name).filter { !free.containsExactly($0) } + ["lr"] + taken
    return try options.map("coefficients").map { name, value in
      try GivenName.word.check(name, "the name of a coefficient")
      guard !reserved.containsExactly(name) else {
        throw ScriptError("option 'coefficients.\(name)' has the name of a coefficient that every loss has")
      }
      return (name, ScriptedSchedule.make(value, range: .any, path: "coefficients.\(name)", context))
    }
  }

  /// Without `kl` the penalty has coefficient 0, so that the divergence is still measured.
  private static func klPlan(
    _ options: CheckedOptions?, _ algorithm: Algorithm, _ context: StageContext
  ) throws -> KLPlan {
    guard let options else {
      return KLPlan(
        coefficient: .constant(0), estimator: .k2, location: .loss, certaintyTemperature: 1,
        certainty: .negentropyMaxProb, rule: nil)
    }
    let estimator = options.has("estimator") ? options.string("estimator") : algorithm.estimator
    if estimator === KLEstimator.k1.rawValue && options.string("where") === KLPlan.Location.loss.rawValue {
      throw ScriptError(
        "option 'kl.estimator' = \"k1\" in the loss has a gradient that is 0 in expectation: it would add noise and hold nothing",
        hint: "use k2 or full, or kl.where = \"reward\"; a loss of your own may still call swerve.kl(t, \"k1\")")
    }
    let isGradientOnly = LossConstants.gradientEstimators.containsExactly(estimator)
    if isGradientOnly && options.string("where") === KLPlan.Location.reward.rawValue {
      throw ScriptError(
        "option 'kl.estimator' = \(quoted(estimator)) differs from k3 by its gradient, and rewards have none",
        hint: "use k3, or kl.where = \"loss\"")
    }
    // This order is also the order of the hooks' states in checkpoints.
    let rule = try ScriptedRule(options["rule"], allowsNegative: options.boolean("allow_negative"), context)
    return KLPlan(
      coefficient: options.schedule("coef", context),
      estimator: isGradientOnly ? .k3 : KLEstimator(rawValue: estimator), variant: isGradientOnly ? estimator : nil,
      location: choice(options, "where"), certaintyTemperature: options.float("temperature"),
      certainty: choice(options, "certainty"), rule: rule)
  }

  private static func objective(
    _ options: CheckedOptions, _ kl: KLPlan, _ context: StageContext
  ) throws -> any Objective {
    let chosen = options.options("kl").flatMap { $0.has("estimator") ? $0.string("estimator") : nil }
    let constants = try lossConstants(options, estimator: chosen ?? kl.estimator?.rawValue ?? "full")
    let usage = LossUsage(options, rule: kl.rule as? ScriptedRule)
    if let loss = options["loss"].asFunction {
      if options.has("algorithm") {
        throw ScriptError("options 'loss' and 'algorithm' can't be given together: each says what to descend")
      }
      let place = context.host.definition(of: loss) ?? context.place
      let hook = Hook(HookName(.hook, "loss"), function: loss, place: place, stage: context)
      return ScriptedObjective(hook: hook, constants: constants, usage: usage, parts: nil)
    }
    let algorithm = Algorithm(options)
    let name = algorithm.name
    let loader = try context.load("return require(...)")
    guard case .function(let loss)? = try loader.call([.string("swerve.\(name)")]).first else {
      throw ScriptError("the library's module swerve.\(name) must return the loss, a function")
    }
    let hook = Hook(HookName(.algorithm, name), function: loss, place: context.place, stage: context)
    return ScriptedObjective(hook: hook, constants: constants, usage: usage, parts: algorithm.parts)
  }

  /// A loss of the library defines the ranges of its coefficients. Coefficients that are numbers are checked at once,
  /// the others when the loss is called.
  private static func checkConstants(_ options: CheckedOptions, _ context: StageContext) throws {
    guard let loss = options["loss"].asFunction, context.host.isOfLibrary(loss), let state = context.state else {
      return
    }
    let known = state.makeTable()
    func set(_ name: String, _ value: CheckedValue) {
      known.set(name, value.asFunction == nil ? .number(value.asNumber) : .boolean(false))
    }
    for name in ["clip", "clip_high"] where options.has(name) { set(name, options[name]) }
    for (name, value) in options.map("coefficients") { set(name, value) }
    let verify = try context.load("return require('swerve.check').verify(...)")
    _ = try verify.call([.function(loss), .table(known)])
  }

  private static func lossConstants(_ options: CheckedOptions, estimator: String) throws -> LossConstants {
    let algorithm = Algorithm(options)
    let aggregate = options.has("aggregate") ? options.string("aggregate") : algorithm.aggregate
    let length = options.has("aggregate_length") ? options.integer("aggregate_length") : nil
    if (aggregate == "constant") != (length != nil) {
      throw ScriptError(
        length == nil
          ? "option 'aggregate' = \"constant\" needs 'aggregate_length', the tokens that an episode's sum is divided by"
          : "option 'aggregate_length' is for 'aggregate' = \"constant\", got \(quoted(aggregate))")
    }
    return LossConstants(
      estimator: estimator, aggregate: aggregate, ratio: options.string("ratio"), aggregateLength: length,
      valueLoss: options.has("value_clip") ? "clipped" : "plain")
  }

  /// The value of an option that is declared as a choice of the raw values of its type.
  private static func choice<T: RawRepresentable<String>>(_ options: CheckedOptions, _ name: String) -> T {
    guard let value = T(rawValue: options.string(name)) else {
      preconditionFailure("`\(name)` is declared with the names of \(T.self)")
    }
    return value
  }
}
