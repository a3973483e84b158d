import LuaRuntime
import SwerveRL
import SwerveTensor

/// A rule in Lua. Its result is checked token by token before training uses it.
final class ScriptedRule: TokenRule {
  /// Whether a KL weight may be below 0.
  let allowsNegative: Bool
  let schedules: [(name: String, schedule: Schedule)]
  /// Whether this is a rule of the library that returns clip ranges.
  let clips: Bool
  /// Whether its weights depend on the task's critical tokens.
  let needsCritical: Bool
  /// The weights in its last result that are not as without a rule.
  private(set) var gave: [RuleWeight] = []
  private let hook: Hook

  /// nil if the option was left out.
  /// - Throws: ScriptError for a function of the library, because such functions make rules but are not rules.
  init?(_ value: CheckedValue, allowsNegative: Bool, _ context: StageContext) throws {
    if let rule = value.asObject(RuleObject.self) {
      let place = rule.place ?? context.host.definition(of: rule.function) ?? context.place
      hook = Hook(HookName(.hook, "kl.rule"), function: rule.function, place: place, stage: context)
      self.allowsNegative = allowsNegative || rule.allowsNegative
      (clips, needsCritical) = (rule.clips, rule.needsCritical)
      schedules = rule.schedules.map { name, value in
        (name, ScriptedSchedule.make(value, range: .any, path: "kl.rule.\(name)", context))
      }
    } else if let function = value.asFunction {
      let place = context.host.definition(of: function) ?? context.place
      if context.host.isOfLibrary(function) {
        throw ScriptError(
          "option 'kl.rule' must be a rule, got the library's function that makes one",
          hint: "call it with its options, as in rules.certainty { alpha = 20 }")
      }
      hook = Hook(HookName(.hook, "kl.rule"), function: function, place: place, stage: context)
      self.allowsNegative = allowsNegative
      (clips, needsCritical) = (false, false)
      schedules = []
    } else {
      return nil
    }
    if schedules.isEmpty { context.ownRule = hook.function }
  }

  func weights(_ columns: TokenColumns, in context: RuleContext) throws -> TokenWeights {
    let step = context.step
    let random = RandomObject(context.rng, layout: columns.layout)
    defer { random.isOver = true }
    let state = try context.isTrial ? hook.state.copy() : hook.state.current()
    let metrics = try hook.stage.table(of: context.metrics)
    let results = try hook.call(
      [.object(columns), .integer(Int64(step)), .object(random), .table(state), .table(metrics)], state: state,
      step: step, part: context.isTrial ? 1 : 0)
    let reader = WeightReader(hook: hook, columns: columns, step: step)
    let weights = try reader.weights(results, kl: allowsNegative ? .any : .nonnegative)
    gave = weights.given.filter { $0.weight != .kl || $0.values.contains { $0 != 1 } }.map(\.weight)
    return weights
  }
}
