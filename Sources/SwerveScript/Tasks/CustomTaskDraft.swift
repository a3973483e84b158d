import SwerveModel
import SwerveText

/// A custom task as a script describes it. What depends on the stage comes when a stage uses it: the tokens, where they are those
/// of the stage's model, and how many problems a step draws.
struct CustomTaskDraft {
  let name: String
  /// nil: the tokens are those of the model that the stage starts from.
  let alphabet: CharacterTokenizer?
  /// What an answer ends with, any of them; none: only the model's own token for the end of a text ends it.
  let stops: [String]
  /// Tokens of the longest prompt, and of the longest answer with its stop.
  let longestPrompt: Int
  let limit: Int
  let hooks: CustomTask.Hooks

  /// - Throws: ScriptError without a place for a stage whose model gives no tokens.
  func task(in setting: TaskSetting) throws -> CustomTask {
    let model = try alphabet == nil ? self.model(of: setting) : nil
    guard let tokenizer = model.map({ $0.tokenizer }) ?? alphabet.map({ $0 as any Tokenizer }) else {
      preconditionFailure("without an alphabet there is a model")
    }
    if stops.isEmpty, tokenizer.endTokens.isEmpty {
      throw ScriptError(
        "option 'stop' of task '\(name)' is empty, so that the model's own token for the end of a text ends an answer, but "
          + "\(model?.name ?? "the alphabet") has no such token",
        hint: "give the task a `stop`, such as \"\\n\"")
    }
    return CustomTask(
      self, tokenizer: tokenizer, model: model,
      hooks: hooks.map { $0.used(with: model, problemsInStep: setting.problemsInStep) })
  }

  private func model(of setting: TaskSetting) throws -> ModelText {
    if let model = try setting.model() { return model }
    throw ScriptError(
      "task '\(name)' has no `alphabet`, so its tokens are those of the model that a stage starts from, but this stage has "
        + "no option 'from'",
      hint: "give swerve.tasks.custom an `alphabet`, or the stage `from`: another stage, or the file of a model")
  }
}
