import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveText

/// A loss in Lua.
final class ScriptedObjective: Objective {
  private let hook: Hook
  private let constants: LossConstants
  private let usage: LossUsage
  let parts: [String]?
  /// No algorithm of the library does.
  var readsLogits: Bool { parts == nil }
  /// How often the loss was called in the current step.
  private var asked = (step: 0, times: 0)

  /// - Parameter parts: what it logs as loss/NAME; nil: that is known only when it runs.
  init(hook: Hook, constants: LossConstants, usage: LossUsage, parts: [String]?) {
    self.hook = hook
    self.constants = constants
    self.usage = usage
    self.parts = parts
  }

  func loss(_ columns: TokenColumns, coefficients: [Metric], step: Int) throws -> LossValue {
    let numbers = try coefficients.map { metric in
      guard let value = metric.value else {
        throw hook.refusal("the coefficient '\(metric.name)' has no value", step: step)
      }
      return (name: metric.name, value: Double(value))
    }
    let c = CoefficientsObject(numbers: numbers, constants: constants)
    asked = asked.step == step ? (step, asked.times + 1) : (step, 0)
    let state = try hook.state.current()
    let results = try hook.call(
      [.object(columns), .object(c), .integer(Int64(step)), .table(state)], state: state, step: step,
      part: asked.times)
    let total = try hook.scalarLoss(
      results.first ?? .nil, step, of: "logp, entropy, value, kl_full and logits",
      overflow: constants.estimator.beginsExactly(with: "k3")
        ? "the estimator \(constants.estimator) overflows where a token is e^88 times likelier under the reference; k2 and full don't"
        : nil)
    // This is the first call of the stage, not of the process: a resumed run must end as an uninterrupted run does.
    if step == 1, asked.times == 0, let (problem, hint) = usage.problem(c.read, columns) {
      throw hook.refusal(problem, step: step, hint: hint)
    }
    return LossValue(total: total, parts: try hook.lossParts(results.count > 1 ? results[1] : .nil, step))
  }
}
