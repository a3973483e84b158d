import SwerveFiles
import SwerveText

/// What a run has under a name: an option, a metric of its last step, or a fact about the run.
package enum RunValue: Equatable, Sendable {
  /// By its text, so that nothing is rounded; also "nan", "inf" and "-inf".
  case number(String)
  case text(String)
  case flag(Bool)

  /// nil for null and for what is no single value.
  init?(_ json: JSONValue) {
    switch json {
    case .number(let number): self = .number(number.text)
    case .string(let text): self = .text(text)
    case .bool(let flag): self = .flag(flag)
    case .null, .array, .object: return nil
    }
  }

  package var text: String {
    switch self {
    case .number(let text), .text(let text): text
    case .flag(let flag): flag ? "true" : "false"
    }
  }

  package var json: JSONValue {
    switch self {
    case .number(let text): (try? JSONParser.parse(text)) ?? .string(text)
    case .text(let text): .string(text)
    case .flag(let flag): .bool(flag)
    }
  }

  /// What it is, in the words of an error message.
  var kind: String {
    switch self {
    case .number: "numbers"
    case .text: "texts"
    case .flag: "true or false"
    }
  }

  /// NaN, which has no place in an order.
  var isUnordered: Bool { self == .number("nan") }

  /// Negative, 0 or positive as this stands before, with or after the other: numbers by value, texts by their bytes, false before
  /// true. nil for two kinds, and for NaN.
  func order(_ other: RunValue) -> Int? {
    switch (self, other) {
    case (.number(let a), .number(let b)): Self.order(a, b)
    case (.text(let a), .text(let b)):
      a === b ? 0 : a.isExactlyBefore(b) ? -1 : 1
    case (.flag(let a), .flag(let b)): a == b ? 0 : b ? -1 : 1
    default: nil
    }
  }

  private static func order(_ a: String, _ b: String) -> Int? {
    // Seeds have more digits than Double keeps.
    if let a = Int128(a), let b = Int128(b) { return a == b ? 0 : a < b ? -1 : 1 }
    guard let a = Double(a), let b = Double(b), !a.isNaN, !b.isNaN else { return nil }
    return a == b ? 0 : a < b ? -1 : 1
  }

  /// Where it stands in a sorted list among other kinds.
  var rank: Int {
    switch self {
    case .number: 0
    case .text: 1
    case .flag: 2
    }
  }
}
