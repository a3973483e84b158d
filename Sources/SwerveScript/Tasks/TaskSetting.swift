/// What a stage tells the task that it trains.
struct TaskSetting {
  /// How many problems, or texts, one step of the stage draws.
  let problemsInStep: Int
  /// What the model that the stage starts from says about text; nil for a new model. It is read only where a task asks.
  let model: () throws -> ModelText?
}
