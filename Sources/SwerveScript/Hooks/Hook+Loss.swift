import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveText

// What every loss in Lua returns: a scalar to descend, and parts to log.

extension Hook {
  /// - Parameters:
  ///   - columns: the differentiable ones, for errors.
  ///   - overflow: a hint for a number that is not finite.
  /// - Throws: ScriptError for anything but a finite scalar with a gradient.
  func scalarLoss(_ value: LuaValue, _ step: Int, of columns: String, overflow: String? = nil) throws -> Tensor {
    guard let tensor = value.asObject(Tensor.self) else {
      throw refusal(
        "the loss must be a scalar tensor, got \(shown(value))", step: step,
        hint: value.asDouble == nil
          ? ValueHint.forAnswer(value) : "a number has no gradient; return the tensor, without :item()")
    }
    guard tensor.shape == .scalar else {
      throw refusal(
        "the loss must be a scalar tensor, got a tensor of shape \(tensor.shape)", step: step,
        hint: "end it with :mean() or :sum()")
    }
    guard tensor.values[0].isFinite else {
      throw refusal(
        "the loss must be a finite number, got \(numberText(tensor.values[0]))", step: step, hint: overflow)
    }
    guard tensor.requiresGradient else {
      let none = columns.containsExactly(",") ? "none of \(columns)" : "no \(columns)"
      throw refusal("the loss depends on \(none)", step: step)
    }
    return tensor
  }

  /// The second result: what to log, in the order of the names.
  func lossParts(_ value: LuaValue, _ step: Int) throws -> [Metric] {
    guard !value.isNil else { return [] }
    guard case .table(let table) = value else {
      throw refusal("the second result must be a table of parts to log, got \(shown(value))", step: step)
    }
    return try GivenName.path.numbers(of: table, "part of the loss", hook: self, step: step)
      .map { Metric($0.name, $0.value) }
  }
}
