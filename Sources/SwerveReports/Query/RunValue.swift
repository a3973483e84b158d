import SwerveFiles
import SwerveText

/// What a run has under a name: an option, a metric of its last step, or a fact about the run.
package enum RunValue: Equatable, Sendable {
  /// The text of the number, so that nothing is rounded; also "nan", "inf" and "-inf".
  case number(String)
  case text(String)
  case flag(Bool)

  /// nil for null, and for arrays and objects.
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

  /// The kind of the value, in the words of an error message.
  var kind: String {
    switch self {
    case .number: "numbers"
    case .text: "texts"
    case .flag: "true or false"
    }
  }

  /// Whether it is NaN, which has no order.
  var isUnordered: Bool { self == .number("nan") }

  /// Negative, 0 or positive if this comes before, is equal to, or comes after the other. Numbers are compared by
  /// value, texts by their bytes, and false comes before true. nil for values of different kinds, and for NaN.
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
    // Seeds have more digits than Double can represent.
    if let a = Int128(a), let b = Int128(b) { return a == b ? 0 : a < b ? -1 : 1 }
    guard let a = Double(a), let b = Double(b), !a.isNaN, !b.isNaN else { return nil }
    return a == b ? 0 : a < b ? -1 : 1
  }

  /// The rank of its kind in a sorted list.
  var rank: Int {
    switch self {
    case .number: 0
    case .text: 1
    case .flag: 2
    }
  }
}
