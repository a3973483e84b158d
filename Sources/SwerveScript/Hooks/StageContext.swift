import LuaRuntime
import SwerveRL

/// What the hooks of a stage need for their errors. The name is known only after the script has returned.
final class StageContext {
  var name: String
  /// The call of swerve.pretrain or swerve.finetune.
  let place: ScriptPlace
  let host: ScriptHost
  /// nil after the experiment was released; the hooks then fail with "the Lua state was closed".
  weak var state: LuaState?
  /// Replaces the metrics while a plan is drawn; nil while training.
  var probe: MetricsProbe?
  /// What the stage's hooks remember.
  let hookStates: HookStates
  /// The names that the stage's steps log; nil: any name.
  var metricNames: MetricNames?
  /// The last metric without a value that the current hook read.
  var askedInVain: String?
  /// Makes the schedules that a rule of the script's own reads, for a plan. Each becomes a hook with a state, so that a
  /// script that is to run does not ask.
  var innerSchedules: () -> [(option: String, schedule: Schedule)] = { [] }
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
