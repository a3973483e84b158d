import LuaRuntime
import SwerveText

/// The value of an option of an experiment.
package enum OptionValue: Equatable, Sendable {
  case integer(Int64)
  case number(Double)
  case string(String)
  case boolean(Bool)

  package static func == (a: OptionValue, b: OptionValue) -> Bool {
    switch (a, b) {
    case (.integer(let a), .integer(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): a === b
    case (.boolean(let a), .boolean(let b)): a == b
    default: false
    }
  }

  init?(_ value: LuaValue) {
    switch value {
    case .integer(let value): self = .integer(value)
    case .number(let value) where value.isFinite: self = .number(value)
    case .string(let value): self = .string(value)
    case .boolean(let value): self = .boolean(value)
    default: return nil
    }
  }

  var lua: LuaValue {
    switch self {
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .string(let value): .string(value)
    case .boolean(let value): .boolean(value)
    }
  }

  /// A value of the same type from the text of `--set`; a whole number and a number are one type.
  func parsed(_ text: String) -> OptionValue? {
    switch self {
    case .integer, .number:
      if let whole = Int64(text) {
        if case .number = self { return .number(Double(whole)) }
        return .integer(whole)
      }
      guard let number = Double(text), number.isFinite else { return nil }
      // 1e3 is a whole number, however it is written.
      if case .integer = self, let whole = Int64(exactly: number) { return .integer(whole) }
      return .number(number)
    case .string: return .string(text)
    case .boolean: return text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : nil
    }
  }

  /// The type as a script's author calls it.
  var typeName: String {
    switch self {
    case .integer, .number: "a number"
    case .string: "a string"
    case .boolean: "true or false"
    }
  }
}

/// What swerve.options gives: read only, so that what is recorded is what was used.
final class OptionsObject: LuaObject {
  static let luaTypeName = "options"
  let values: [(name: String, value: OptionValue)]

  init(_ values: [(name: String, value: OptionValue)]) { self.values = values }

  static func value(_ object: OptionsObject, _ key: LuaValue, _ call: inout LuaCall) throws -> LuaValue? {
    let name = key.asString.map(label) ?? shown(key)
    if let found = object.values.first(where: { $0.name === name }) { return found.value.lua }
    let known = object.values.map(\.name)
    throw ScriptError(
      "no option '\(name)' was declared" + didYouMean(name, among: known),
      hint: "swerve.options declares " + known.joined(separator: ", "))
  }
}

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
      guard let place = values.firstIndex(where: { $0.name === key }) else {
        throw unknown(key, text, values.map(\.name))
      }
      guard let value = values[place].value.parsed(text) else {
        throw ScriptError("--set \(key)=\(text): must be \(values[place].value.typeName)", kind: .usage)
      }
      values[place].value = value
    }
    host.options = values
    return [.object(OptionsObject(values))]
  }

  /// A `--set` that no swerve.options saw would be a setting that does nothing.
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
