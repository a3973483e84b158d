import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveText

// What the options of both kinds of stages have in common.

extension CheckedOptions {
  /// The stage's name; nil if it was left out.
  func stageName() throws -> String? {
    guard has("name") else { return nil }
    let name = string("name")
    try GivenName.file.check(name, "option 'name'")
    return name
  }

  func stageSource() throws -> StageSource {
    switch self["from"] {
    case .absent: return .fresh
    case .string(let path):
      try ScriptPath.checkCheckpoint(path)
      return .checkpoint(path)
    case let value:
      guard let stage = value.asObject(StageObject.self) else { preconditionFailure("`from` is a stage or a string") }
      return .stage(stage)
    }
  }

  /// The adapters that the stage trains; nil: it trains all weights. Whether the model has the layers is checked when it
  /// is known.
  /// - Throws: ScriptError for options that contradict each other.
  func adapters() throws -> LowRankAdapters? {
    let lora = options("lora")
    guard string("train") == "lora" else {
      if lora == nil { return nil }
      throw ScriptError("option 'lora' is for 'train' = \"lora\", got \(quoted(string("train")))")
    }
    if case .fresh = try stageSource() {
      throw ScriptError(
        "option 'train' = \"lora\" needs a model below the adapters",
        hint: "set `from` to a stage or a model, or train all weights")
    }
    let rank = lora?.integer("rank") ?? LowRankAdapters.defaultRank
    var adapters = LowRankAdapters(rank: rank, alpha: 2 * Float(rank))
    guard let lora else { return adapters }
    if lora.has("alpha") { adapters.alpha = lora.float("alpha") }
    if case .strings(let layers) = lora["layers"] {
      if layers.isEmpty {
        throw ScriptError("option 'lora.layers' must name at least one linear layer, got an empty list")
      }
      adapters.layers = layers
    }
    return adapters
  }

  /// The task for this stage.
  /// - Parameter problemsInStep: how many problems, or texts, a step draws.
  /// - Throws: ScriptError for a task that needs a model to start from, where there is none or it can't be read.
  func task(problemsInStep: Int, _ host: ScriptHost) throws -> any Task {
    guard let object = self["task"].asObject(TaskObject.self) else { preconditionFailure("`task` is a task") }
    return try object.task(
      in: TaskSetting(problemsInStep: max(1, problemsInStep), model: { try stageSource().modelText(host) }))
  }

  func optimizer() -> AdamW.Options {
    var options = AdamW.Options()
    options.beta1 = float("beta1")
    options.beta2 = float("beta2")
    options.epsilon = float("epsilon")
    options.decay = float("decay")
    options.clip = float("max_grad_norm")
    return options
  }

  /// The most gradient lanes; nil: by the model's size.
  func lanes() -> Int? { has("lanes") ? integer("lanes") : nil }

  /// Which step gives the stage's result, and when it ends early. Whether the stage measures the metric is checked when
  /// its metrics are known (`StageObject`).
  func ending(_ context: StageContext) -> StageEnding {
    let keep = options("keep")
    let mode = keep.flatMap { $0.has("mode") ? BestMetric.Mode(rawValue: $0.string("mode")) : nil }
    return StageEnding(
      best: keep.map { BestMetric($0.string("best"), mode: mode) }, stop: ScriptedStop(self["stop_when"], context))
  }

  /// - Parameter task: its sets can be chosen.
  func evaluation(_ task: any Task) throws -> EvaluationPlan? {
    guard let options = options("eval") else { return nil }
    let known = task.problemSets.map(\.name)
    let sets = try options.map("sets").map { name, episodes in
      guard known.containsExactly(name) else {
        throw ScriptError(
          "unknown problem set '\(label(name))' in option 'eval.sets'" + didYouMean(name, among: known),
          hint: "task '\(task.name)' has \(task.namesOfSets)")
      }
      return (set: ProblemSet(name), episodes: episodes.asInteger)
    }
    guard !sets.isEmpty else {
      throw ScriptError("option 'eval.sets' must name at least one problem set, got an empty table")
    }
    var plan = EvaluationPlan(every: options.integer("every"), sets: sets, greedy: options.boolean("greedy"))
    if options.has("temperature") {
      if plan.greedy {
        throw ScriptError(
          "option 'eval.temperature' is for sampled evaluations, but 'eval.greedy' is true",
          hint: "set greedy = false to sample, or leave the temperature out")
      }
      plan.temperature = options.float("temperature")
    }
    plan.samples = options.integer("samples")
    return plan
  }
}

extension Algorithm {
  /// The algorithm of a stage; a script's own loss gets the settings of a2c.
  init(_ options: CheckedOptions) {
    let name = options.has("algorithm") ? options.string("algorithm") : "a2c"
    self = Self.all.first { $0.name === name } ?? Self.all[0]
  }
}
