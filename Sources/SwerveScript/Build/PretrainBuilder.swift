import LuaRuntime
import SwerveModel
import SwerveRL

/// swerve.pretrain
enum PretrainBuilder {
  static func stage(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let options = arguments.options
    let context = StageContext(name: PretrainPlan.kind, place: arguments.place, host: host, state: arguments.state)
    try FactoryFunctions.check(options, host)
    let task = try options.task(problemsInStep: options.integer("batch"), host)
    let source = try options.stageSource()
    var plan = PretrainPlan(
      name: context.name, source: .fresh, model: try model(options, source, task), task: task,
      steps: options.integer("steps"), batch: options.integer("batch"),
      learningRate: options.schedule("lr", context), optimizer: options.optimizer(),
      randomPositions: options.boolean("random_positions"), evaluation: try options.evaluation(task))
    plan.windows = options.has("windows") ? options.integer("windows") : nil
    plan.seed = options.has("seed") ? UInt64(options.integer("seed")) : nil
    plan.lanes = options.lanes()
    plan.adapters = try options.adapters()
    plan.ending = options.ending(context)
    plan.state = context.hookStates
    let stage = try StageObject(
      givenName: options.stageName(), source: source, context: context, draft: plan)
    return [.object(stage)]
  }

  /// The shape of a new model; nil: the shape of the model in `from`.
  private static func model(
    _ options: CheckedOptions, _ source: StageSource, _ task: any Task
  ) throws -> ModelConfiguration? {
    guard case .fresh = source else {
      if options.has("model") {
        throw ScriptError("option 'model' is for new models, but this stage goes on from the model of option 'from'")
      }
      return nil
    }
    guard let model = options.options("model") else {
      throw ScriptError(
        "option 'model' of swerve.pretrain is missing; it must be a table of options, unless option 'from' is given")
    }
    guard let positions = PositionEncoding(rawValue: model.string("positions")) else {
      preconditionFailure("`positions` is declared with the names of PositionEncoding")
    }
    do {
      return try ModelConfiguration(
        layers: model.integer("layers"), heads: model.integer("heads"), width: model.integer("width"),
        context: model.integer("context"), vocabulary: task.tokenizer.vocabularySize, positions: positions)
    } catch {
      throw ScriptError("option 'model': \(error.message)")
    }
  }
}
