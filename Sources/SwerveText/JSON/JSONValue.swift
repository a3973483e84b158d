/// A JSON value as swerve writes and reads it. Objects keep their order and numbers keep their text, because both are
/// part of what is hashed: a value that was read is written again as the same bytes.
package enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])

  package static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): a === b
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }
}

/// One key of an object and its value.
package struct JSONMember: Equatable, Sendable {
  @ExactString package private(set) var key: String
  package let value: JSONValue

  package init(_ key: String, _ value: JSONValue) {
    self.key = key
    self.value = value
  }
}

/// A number by its text, which is valid JSON. Two numbers are equal when their texts are: `1` is not `1.0`.
package struct JSONNumber: Equatable, Sendable {
  @ExactString package private(set) var text: String

  package init(_ value: some BinaryInteger) { text = String(value) }

  /// The shortest text that reads back to the same Double; nil for NaN and infinities.
  package init?(_ value: Double) {
    guard value.isFinite else { return nil }
    text = value.description
  }

  /// The shortest text that reads back to the same Float; nil for NaN and infinities.
  package init?(_ value: Float) {
    guard value.isFinite else { return nil }
    text = value.description
  }

  /// Only for the parser, which has checked the grammar.
  init(checkedText text: String) { self.text = text }
}

extension JSONValue {
  package static func integer(_ value: some BinaryInteger) -> JSONValue { .number(JSONNumber(value)) }

  /// A Double exactly: shortest text, or one of the strings "nan", "inf", "-inf".
  package static func double(_ value: Double) -> JSONValue {
    JSONNumber(value).map(JSONValue.number) ?? .string(ExactText.nonFinite(isNaN: value.isNaN, isNegative: value < 0))
  }

  /// A Float exactly: shortest text, or one of the strings "nan", "inf", "-inf"; null for nil.
  package static func float(_ value: Float?) -> JSONValue {
    guard let value else { return .null }
    return JSONNumber(value).map(JSONValue.number) ?? .string(ExactText.text(value))
  }

  /// The value of the first member with this key; nil when there is none or this is not an object.
  package subscript(key: String) -> JSONValue? { members?.first { $0.key === key }?.value }

  package var members: [JSONMember]? { if case .object(let members) = self { members } else { nil } }
  package var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
  package var string: String? { if case .string(let string) = self { string } else { nil } }
  package var integer: Int? { if case .number(let number) = self { Int(number.text) } else { nil } }
  package var unsigned: UInt64? { if case .number(let number) = self { UInt64(number.text) } else { nil } }

  /// A Float as `float(_:)` writes it; nil for anything else, also for a number beyond the range of Float.
  package var float: Float? {
    switch self {
    case .number(let number):
      guard let value = Float(number.text), value.isFinite else { return nil }
      return value
    case .string(let text): return ExactText.nonFiniteValue(text)
    default: return nil
    }
  }

  /// A Double as `double(_:)` writes it; nil for anything else.
  package var double: Double? {
    switch self {
    case .number(let number):
      guard let value = Double(number.text), value.isFinite else { return nil }
      return value
    case .string(let text): return ExactText.nonFiniteValue(text).map(Double.init)
    default: return nil
    }
  }

  /// The kind of value, in the words of an error message.
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(nilLiteral: ()) { self = .null }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { JSONMember($0.0, $0.1) })
  }
}
