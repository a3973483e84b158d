import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveText

/// The option `log` of fine-tuning: a script's own metrics.
final class ScriptedLog: UpdateLog {
  private let hook: Hook

  /// nil if the option was left out.
  init?(_ value: CheckedValue, _ context: StageContext) {
    guard let function = value.asFunction else { return nil }
    let place = context.host.definition(of: function) ?? context.place
    hook = Hook(HookName(.hook, "log"), function: function, place: place, stage: context)
  }

  func metrics(_ columns: TokenColumns, step: Int) throws -> [Metric] {
    let state = try hook.state.current()
    let results = try hook.call(
      [.object(columns), .integer(Int64(step)), .table(state)], state: state, step: step)
    let answer = results.first ?? .nil
    if answer.isNil { return [] }
    guard case .table(let table) = answer else {
      throw hook.refusal(
        "must return a table of names and numbers, or nothing, got \(shown(answer))", step: step,
        hint: "return { name = number }; of a tensor, take :mean() or :sum()")
    }
    return try GivenName.path.numbers(of: table, "logged number", hook: hook, step: step)
      .map { Metric($0.name, $0.value) }
  }
}
