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

  /// A value of the same type from the text of `--set`; whole numbers and other numbers count as one type.
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
