import LuaRuntime
import SwerveRL

/// What the hooks of a stage need for their errors. The name is known once the script has returned.
final class StageContext {
  var name: String
  /// The call of swerve.pretrain or swerve.finetune.
  let place: ScriptPlace
  let host: ScriptHost
  /// Gone when the experiment is released; the hooks then fail with "the Lua state was closed".
  weak var state: LuaState?
  /// Stands for the metrics while a plan is drawn; nil while training.
  var probe: MetricsProbe?
  /// What the stage's hooks remember.
  let hookStates: HookStates
  /// What the stage's steps log; nil: anything.
  var metricNames: MetricNames?
  /// The last metric without a value that the running hook asked for.
  var askedInVain: String?
  /// See `table(of:)`.
  var sealsMetrics: LuaFunction?

  init(name: String, place: ScriptPlace, host: ScriptHost, state: LuaState) {
    self.name = name
    self.place = place
    self.host = host
    self.state = state
    hookStates = HookStates(state)
  }
}

/// Where a stage's model comes from, before stages have names.
enum StageSource {
  case fresh
  case stage(StageObject)
  case checkpoint(String)
}

/// What swerve.pretrain and swerve.finetune give to the script.
final class StageObject: LuaObject {
  static let luaTypeName = "stage"
  /// Nil: a default.
  let givenName: String?
  let source: StageSource
  let context: StageContext
  /// Complete but for its name and source.
  let draft: StagePlan
  /// Stages in the chain back to the first.
  private let chainLength: Int
  private static let longestChain = 1000

  /// - Throws: ScriptError for a chain that is too long; releasing it would need as much stack.
  init(givenName: String?, source: StageSource, context: StageContext, draft: StagePlan) throws {
    if case .stage(let before) = source { chainLength = before.chainLength + 1 } else { chainLength = 1 }
    guard chainLength <= Self.longestChain else {
      throw ScriptError("at most \(Self.longestChain) stages can start one from the other")
    }
    self.givenName = givenName
    self.source = source
    self.context = context
    self.draft = draft
  }

  /// The plan with its final name and source.
  func plan(name: String, source: ModelSource) -> StagePlan {
    switch draft {
    case .pretrain(var plan):
      plan.name = name
      plan.source = source
      return .pretrain(plan)
    case .finetune(var plan):
      plan.name = name
      plan.source = source
      return .finetune(plan)
    }
  }
}

/// What swerve.tasks makes.
final class TaskObject: LuaObject {
  static let luaTypeName = "task"
  let task: any Task

  init(_ task: any Task) { self.task = task }
}
