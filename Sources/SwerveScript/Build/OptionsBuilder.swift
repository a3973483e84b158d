import LuaRuntime
import SwerveText

/// swerve.options: defaults from the script, values from `--set`.
enum OptionsBuilder {
  static func declare(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    guard host.options == nil else {
      throw ScriptError("swerve.options was already called; it declares all options at once")
    }
    guard case .map(let entries) = arguments[0] else { return [] }
    var values = try entries.map { name, value in
      guard case .any(let value) = value, let known = OptionValue(value) else {
        let found = if case .any(let value) = value { shown(value) } else { "nothing" }
        throw ScriptError("option '\(label(name))' must be a finite number, a string, true or false, got \(found)")
      }
      try GivenName.word.check(name, "the name of an option")
      return (name: name, value: known)
    }
    host.defaults = values
    for (key, text) in host.overrides {
      guard let index = values.firstIndex(where: { $0.name === key }) else {
        throw unknown(key, text, values.map(\.name))
      }
      guard let value = values[index].value.parsed(text) else {
        throw ScriptError("--set \(key)=\(text): must be \(values[index].value.typeName)", kind: .usage)
      }
      values[index].value = value
    }
    host.options = values
    return [.object(OptionsObject(values))]
  }

  /// Refuses a `--set` that no swerve.options reads, because it would do nothing.
  static func checkAllUsed(_ host: ScriptHost) throws {
    guard host.options == nil, let (key, text) = host.overrides.first else { return }
    throw unknown(key, text, [])
  }

  private static func unknown(_ key: String, _ text: String, _ known: [String]) -> ScriptError {
    let list = known.isEmpty ? "the script declares none" : "the script declares " + known.joined(separator: ", ")
    return ScriptError(
      "--set \(key)=\(text): unknown option '\(key)'" + didYouMean(key, among: known), kind: .usage, hint: list)
  }
}
