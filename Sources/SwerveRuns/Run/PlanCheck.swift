import SwerveModel
import SwerveRL
import SwerveScript
import SwerveText

/// What can be found wrong with a plan before anything runs: models that do not fit their tasks.
enum PlanCheck {
  /// A stage's model: what it is made of, and the alphabet that it writes.
  struct StageModel {
    let configuration: ModelConfiguration
    let alphabet: String
  }

  /// - Parameter checkpoint: reads and verifies a checkpoint by the path that the script gave.
  /// - Returns: the model of each stage, in order.
  /// - Throws: ScriptError at the stage's line; what `checkpoint` throws.
  static func models(
    _ experiment: ScriptedExperiment, checkpoint: (String) throws -> StageModel
  ) throws -> [StageModel] {
    var models: [StageModel] = []
    for stage in experiment.plan.stages {
      let place = experiment.place(ofStage: stage.name)
      let before: StageModel? =
        switch stage.source {
        case .fresh: nil
        case .checkpoint(let path): try checkpoint(path)
        case .stage(let name):
          zip(experiment.plan.stages, models).first { $0.0.name === name }?.1
        }
      let model = try self.model(stage, from: before, place)
      try requireRoom(stage, model, place)
      models.append(model)
    }
    return models
  }

  private static func model(_ stage: StagePlan, from before: StageModel?, _ place: ScriptPlace?) throws -> StageModel {
    if let before {
      guard before.alphabet === stage.task.alphabet else {
        throw ScriptError(
          "stage '\(stage.name)': the model's alphabet is \(String(reflecting: before.alphabet)), but task \(stage.task.name) "
            + "writes \(String(reflecting: stage.task.alphabet))", place: place,
          hint: "start from a model that was trained on this task")
      }
      return before
    }
    guard case .pretrain(let plan) = stage, let configuration = plan.model else {
      throw ScriptError(
        "stage '\(stage.name)' has no model to start from", place: place,
        hint: "set `from` to a stage or a checkpoint file")
    }
    return StageModel(configuration: configuration, alphabet: plan.task.alphabet)
  }

  /// Every text that the stage can meet must fit the context.
  private static func requireRoom(_ stage: StagePlan, _ model: StageModel, _ place: ScriptPlace?) throws {
    var needs: [(what: String, tokens: Int)] = []
    if case .pretrain(let plan) = stage {
      // The last token of a text is only a target.
      needs.append(("a training text", plan.task.longestTrainingText - 1))
    } else {
      needs.append(("a text of set training", try stage.task.longestText(in: .training)))
    }
    for (set, _) in stage.evaluation?.sets ?? [] {
      needs.append(("a text of set \(set.name)", try stage.task.longestText(in: set)))
    }
    let context = model.configuration.context
    guard let worst = needs.first(where: { $0.tokens > context }) else { return }
    throw ScriptError(
      "stage '\(stage.name)': \(worst.what) may take \(worst.tokens) tokens, but the model's context is \(context)",
      place: place, hint: stage.task.contextAdvice)
  }
}

extension StagePlan {
  var task: any Task {
    switch self {
    case .pretrain(let plan): plan.task
    case .finetune(let plan): plan.task
    }
  }

  var evaluation: EvaluationPlan? {
    switch self {
    case .pretrain(let plan): plan.evaluation
    case .finetune(let plan): plan.evaluation
    }
  }
}
