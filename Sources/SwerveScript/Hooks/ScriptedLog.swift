import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveText

/// The option `log` of fine-tuning: metrics of a script's own.
final class ScriptedLog: UpdateLog {
  private let hook: Hook
  private static let mostNames = 100
  private static let longestName = 80

  /// Nil where the option was left out.
  init?(_ value: CheckedValue, _ context: StageContext) {
    guard let function = value.asFunction else { return nil }
    let place = context.host.definition(of: function) ?? context.place
    hook = Hook(subject: "hook 'log'", function: function, place: place, stage: context)
  }

  func metrics(_ columns: TokenColumns, step: Int) throws -> [Metric] {
    let state = try hook.memory.current()
    let results = try hook.call(
      [.object(columns), .integer(Int64(step)), .table(state)], state: state, step: step)
    let answer = results.first ?? .nil
    if answer.isNil { return [] }
    guard case .table(let table) = answer else {
      throw hook.refusal(
        "must return a table of names and numbers, or nothing, got \(shown(answer))", step: step,
        hint: "return { name = number }; of a tensor, take :mean() or :sum()")
    }
    let entries = table.sortedPairs()
    guard entries.count <= Self.mostNames else {
      throw hook.refusal("may log at most \(Self.mostNames) numbers, got \(entries.count)", step: step)
    }
    return try entries.map { key, value in try metric(key, value, step) }
  }

  private func metric(_ key: LuaValue, _ value: LuaValue, _ step: Int) throws -> Metric {
    guard let name = key.asString, Self.isName(name) else {
      throw hook.refusal(
        "a name must be letters, digits and '_', in parts that single '/' separate, at most \(Self.longestName) of them "
          + "all, got \(shown(key))", step: step)
    }
    let tensor = value.asObject(Tensor.self)
    let number = tensor.map { $0.shape == .scalar ? Double($0.values[0]) : nil } ?? value.asDouble
    guard let number, Float(number).isFinite else {
      let found =
        tensor.map { $0.shape == .scalar ? numberText($0.values[0]) : "a tensor of shape \($0.shape)" } ?? shown(value)
      throw hook.refusal("'\(name)' must be a finite number, got \(found)", step: step)
    }
    return Metric(name, Float(number))
  }

  /// Whether it can stand behind "log/".
  private static func isName(_ name: String) -> Bool {
    name.utf8.count <= longestName
      && name.pieces(at: "/", omittingEmpty: false).allSatisfy { part in
        !part.isEmpty && part.unicodeScalars.allSatisfy(isWordScalar)
      }
  }
}
