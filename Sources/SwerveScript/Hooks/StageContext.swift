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
  /// The rule of the KL penalty, if it declares no schedules: a plan looks for those that it reads.
  var ownRule: LuaFunction?
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
