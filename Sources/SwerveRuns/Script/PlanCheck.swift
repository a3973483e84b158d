import SwerveModel
import SwerveRL
import SwerveScript
import SwerveText

/// Checks a plan before anything runs: whether its models fit their tasks.
enum PlanCheck {
  /// A stage's model: its configuration and its alphabet.
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
      do {
        try stage.requireRoom(in: model.configuration.context)
      } catch let error as TextTooLong {
        throw ScriptError(error.message, place: place, hint: error.hint)
      }
      models.append(model)
    }
    return models
  }

  private static func model(_ stage: any Stage, from before: StageModel?, _ place: ScriptPlace?) throws -> StageModel {
    if let before {
      guard before.alphabet === stage.alphabet else {
        throw ScriptError(
          "stage '\(stage.name)': the model's alphabet is \(String(reflecting: before.alphabet)), but task \(stage.taskName) "
            + "writes \(String(reflecting: stage.alphabet))", place: place,
          hint: "start from a model that was trained on this task")
      }
      return before
    }
    guard let configuration = stage.newModel else {
      throw ScriptError(
        "stage '\(stage.name)' has no model to start from", place: place,
        hint: "set `from` to a stage or a checkpoint file")
    }
    return StageModel(configuration: configuration, alphabet: stage.alphabet)
  }
}
