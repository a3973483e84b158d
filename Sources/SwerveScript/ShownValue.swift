import LuaRuntime
import SwerveText

// Values of scripts as errors show them.

/// A value for an error: "1.5 (number)", "\"ten\" (string)", "a table", "nil".
func shown(_ value: LuaValue) -> String {
  switch value {
  case .nil: "nil"
  case .boolean(let flag): "\(flag) (boolean)"
  case .integer(let number): "\(number) (number)"
  case .number(let number): "\(numberText(number)) (number)"
  case .string(let text): "\(quoted(text)) (string)"
  case .bytes: "\"\(value.asShownString?.leading(60) ?? "")\" (a string that is not UTF-8)"
  case .table, .function, .coroutine: "a \(value.typeName)"
  // Some type names are plurals: tokens, coefficients.
  case .object: value.typeName.endsExactly(with: "s") ? value.typeName : "a \(value.typeName)"
  }
}

/// In double quotes with control characters escaped, cut after 60 characters.
func quoted(_ text: String) -> String { "\"\(label(text))\"" }

/// The same without quotes, for names that a script made up.
func label(_ text: String) -> String {
  let scalars = text.unicodeScalars
  let cut = scalars.count > 60 ? String(String.UnicodeScalarView(scalars.prefix(60))) + "..." : text
  return cut.escaped
}

/// The shortest decimal that reads back as the same number; whole numbers without ".0".
func numberText(_ value: Double) -> String {
  if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return String(whole) }
  // The sign of NaN has no meaning and differs between machines.
  return value.isNaN ? "nan" : "\(value)"
}

/// The same for single precision.
func numberText(_ value: Float) -> String {
  if let whole = Int64(exactly: value), whole.magnitude < 1 << 24 { return String(whole) }
  // The sign of NaN has no meaning and differs between machines.
  return value.isNaN ? "nan" : "\(value)"
}
