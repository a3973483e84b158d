import LuaRuntime
import SwerveRL
import SwerveText

/// The option `stop_when` of a stage.
final class ScriptedStop: StopCondition {
  private let hook: Hook
  private static let defaultReason = "stop_when gave true"
  /// The longest reason, in bytes.
  private static let longestReason = 200

  /// nil if the option was left out.
  init?(_ value: CheckedValue, _ context: StageContext) {
    guard let function = value.asFunction else { return nil }
    let place = context.host.definition(of: function) ?? context.place
    hook = Hook(
      HookName(.hook, "stop_when"), function: function, place: place, stage: context, seesOwnStep: true)
  }

  var contents: [UInt8]? { hook.function.reach() }

  func reason(after step: Int, _ metrics: [Metric]) throws -> String? {
    let context = hook.stage
    let known = try context.probe?.table ?? context.table(of: metrics)
    let state = try context.probe?.state ?? hook.state.current()
    let results = try hook.call([.table(known), .integer(Int64(step)), .table(state)], state: state, step: step)
    guard case .boolean(let stops)? = results.first else {
      throw hook.refusal(
        "must return true or false, got \(shown(results.first ?? .nil))", step: step,
        hint: "return a condition, such as return step >= 20; a function without `return` gives nil")
    }
    return stops ? try reason(results.count > 1 ? results[1] : .nil, step) : nil
  }

  /// The second result, which records keep.
  private func reason(_ value: LuaValue, _ step: Int) throws -> String {
    if value.isNil { return Self.defaultReason }
    guard let text = value.asString, !text.isEmpty, text.utf8.count <= Self.longestReason,
      text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 })
    else {
      throw hook.refusal(
        "the second result, the reason, must be one line of at most \(Self.longestReason) bytes, got \(shown(value))",
        step: step)
    }
    return text
  }
}
