import LuaRuntime
import SwerveRL
import SwerveText

/// Where a stage's model comes from, while stages don't have names yet.
enum StageSource {
  case fresh
  case stage(StageObject)
  case checkpoint(String)

  /// What the model says about text; nil for a new model.
  /// - Throws: ScriptError for a file that can't be read.
  func modelText(_ host: ScriptHost) throws -> ModelText? {
    switch self {
    case .fresh: nil
    case .checkpoint(let path): try host.modelText(path)
    case .stage(let stage): try stage.modelText(host)
    }
  }
}

/// The object that swerve.pretrain and swerve.finetune return to the script.
final class StageObject: LuaObject {
  static let luaTypeName = "stage"
  /// nil: the stage gets a default name.
  let givenName: String?
  let source: StageSource
  let context: StageContext
  /// The plan, complete except for its name and source.
  let draft: any Stage
  /// The number of stages in the chain back to the first one.
  private let chainLength: Int
  private static let longestChain = 1000

  /// - Throws: ScriptError for a chain that is too long; releasing it would need a deep stack.
  init(givenName: String?, source: StageSource, context: StageContext, draft: any Stage) throws {
    if case .stage(let before) = source { chainLength = before.chainLength + 1 } else { chainLength = 1 }
    guard chainLength <= Self.longestChain else {
      throw ScriptError("at most \(Self.longestChain) stages can start one from the other")
    }
    self.givenName = givenName
    self.source = source
    self.context = context
    self.draft = draft
    context.metricNames = draft.metricNames
    try Self.requireBest(draft.ending.best, among: draft.metricNames)
  }

  /// - Throws: ScriptError for a stage that keeps its best step by a metric that no step measures.
  private static func requireBest(_ best: BestMetric?, among names: MetricNames) throws {
    guard let best, !names.mayHold(best.metric) else { return }
    throw ScriptError(
      "option 'keep.best': there is no metric '\(label(best.metric))'" + didYouMean(best.metric, among: names.known),
      hint: "this stage logs " + names.description)
  }

  /// What the stage's result says about text: its tokens, and the chat format of the model that the chain of stages starts with.
  func modelText(_ host: ScriptHost) throws -> ModelText {
    let name = "the stage at \(context.place)"
    // A task with an alphabet reads no model, and the file may not be there yet.
    guard let before = try? source.modelText(host) else {
      return ModelText(name: name, tokenizer: draft.tokenizer)
    }
    return ModelText.result(ofStage: name, tokenizer: draft.tokenizer, from: before)
  }

  /// The plan with its final name and source.
  func plan(name: String, source: ModelSource) -> any Stage {
    var plan = draft
    plan.name = name
    plan.source = source
    return plan
  }

  /// The context of the model that the chain of stages starts with; nil for a checkpoint, whose shape is known only
  /// later.
  private var modelContext: Int? {
    if case .stage(let source) = source { return source.modelContext }
    return draft.newModel?.context
  }

  /// Checks that the stage's texts fit its model, as far as the script tells.
  /// - Throws: ScriptError at the stage's line, before anything was trained.
  func requireRoom() throws {
    guard let modelContext else { return }
    try plan(name: context.name, source: .fresh).requireRoom(in: modelContext, at: context.place)
  }
}

extension Stage {
  /// Checks that every text that can occur in the stage fits the context.
  /// - Throws: ScriptError at the place for the first that does not; what its task throws.
  package func requireRoom(in context: Int, at place: ScriptPlace?) throws {
    do {
      try requireRoom(in: context)
    } catch let error as TextTooLong {
      throw ScriptError(error.message, place: place, hint: error.hint)
    }
  }
}
