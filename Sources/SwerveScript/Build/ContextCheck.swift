import SwerveRL

/// Whether a stage's texts fit into its model, as far as the script tells: the context of a checkpoint is known later.
enum ContextCheck {
  /// - Throws: ScriptError at the stage's line, before anything was trained.
  static func check(_ stage: StageObject) throws {
    guard let context = context(of: stage) else { return }
    let (task, evaluation): (any Task, EvaluationPlan?)
    var sets: [ProblemSet] = []
    switch stage.draft {
    case .pretrain(let plan):
      (task, evaluation) = (plan.task, plan.evaluation)
      // The last token of a text is only predicted, never read.
      if task.longestTrainingText - 1 > context {
        throw failure("a training text may have \(task.longestTrainingText) tokens", context, task, stage)
      }
    case .finetune(let plan):
      (task, evaluation) = (plan.task, plan.evaluation)
      sets.append(.training)
    }
    sets += evaluation?.sets.map(\.set) ?? []
    for set in sets {
      let need = try task.longestText(in: set)
      if need > context { throw failure("a text of set \(set.name) may take \(need) tokens", context, task, stage) }
    }
  }

  /// Of the model that the chain of stages starts with; nil for a checkpoint.
  private static func context(of stage: StageObject) -> Int? {
    if case .pretrain(let plan) = stage.draft, let model = plan.model { return model.context }
    guard case .stage(let source) = stage.source else { return nil }
    return context(of: source)
  }

  private static func failure(_ need: String, _ context: Int, _ task: any Task, _ stage: StageObject) -> ScriptError {
    ScriptError(
      "stage '\(stage.context.name)': \(need), but the model's context is \(context)", place: stage.context.place,
      hint: task.contextAdvice)
  }
}
