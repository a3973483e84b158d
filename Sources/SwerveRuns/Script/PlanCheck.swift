import SwerveModel
import SwerveRL
import SwerveScript
import SwerveText

/// Checks a plan before anything runs: whether its models fit their tasks.
enum PlanCheck {
  /// A stage's model: its configuration and its tokenizer.
  struct StageModel {
    let configuration: ModelConfiguration
    let tokenizer: TokenizerIdentity
  }

  /// - Parameter checkpoint: reads and verifies a checkpoint by the path that the script gave; called once for each path.
  /// - Returns: the model of each stage, in order.
  /// - Throws: ScriptError at the stage's line; what `checkpoint` throws.
  static func models(
    _ experiment: ScriptedExperiment, checkpoint: (String) throws -> StageModel
  ) throws -> [StageModel] {
    var models: [StageModel] = []
    var known: [ExactString: StageModel] = [:]
    for stage in experiment.plan.stages {
      let place = experiment.place(ofStage: stage.name)
      let before: StageModel? =
        switch stage.source {
        case .fresh: nil
        case .checkpoint(let path): try known[ExactString(path)] ?? checkpoint(path)
        case .stage(let name):
          zip(experiment.plan.stages, models).first { $0.0.name === name }?.1
        }
      if case .checkpoint(let path) = stage.source { known[ExactString(path)] = before }
      let model = try self.model(stage, from: before, place)
      try stage.requireRoom(in: model.configuration.context, at: place)
      models.append(model)
    }
    return models
  }

  /// The shape of what a stage trains.
  private static func shape(
    _ stage: any Stage, from before: ModelConfiguration, _ place: ScriptPlace?
  ) throws -> ModelConfiguration {
    let shape: ModelConfiguration
    do {
      shape = try stage.shape(from: before)
    } catch {
      throw ScriptError("stage '\(stage.name)': \(error.message)", place: place)
    }
    if let adapters = stage.adapters, let others = before.adapters, adapters != others {
      throw ScriptError(
        "stage '\(stage.name)' trains a \(adapters.summary), alpha \(adapters.alpha), but starts from a \(others.summary), alpha "
          + "\(others.alpha)", place: place,
        hint: "give `lora` the same options, or set train = \"all\", which starts from both merged")
    }
    return shape
  }

  private static func model(_ stage: any Stage, from before: StageModel?, _ place: ScriptPlace?) throws -> StageModel {
    let tokenizer = stage.tokenizer.identity
    if let before {
      let shape = try shape(stage, from: before.configuration, place)
      guard before.tokenizer == tokenizer else {
        throw ScriptError(
          "stage '\(stage.name)': the model's \(before.tokenizer.statement), but task \(stage.taskName) "
            + "writes \(tokenizer.description(beside: before.tokenizer))", place: place,
          hint: "start from a model that was trained on this task")
      }
      return StageModel(configuration: shape, tokenizer: tokenizer)
    }
    guard let configuration = stage.newModel else {
      throw ScriptError(
        "stage '\(stage.name)' has no model to start from", place: place,
        hint: "set `from` to a stage or a checkpoint file")
    }
    return StageModel(configuration: configuration, tokenizer: tokenizer)
  }
}
