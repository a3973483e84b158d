import SwerveText

/// A Lua value in Swift. Integers and floats stay apart, as in Lua.
package enum LuaValue {
  case `nil`
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  /// A Lua string that is not UTF-8. It is not a `string`, so that nobody takes it for text; handed back to Lua it has
  /// the same bytes.
  case bytes([UInt8])
  case table(LuaTable)
  case function(LuaFunction)
  case object(any LuaObject)
  /// A coroutine. Swift can't hold one; handed back to Lua it becomes nil.
  case coroutine

  /// The name that Lua's `type` gives; for an object, the name of its type.
  package var typeName: String {
    switch self {
    case .nil: "nil"
    case .boolean: "boolean"
    case .integer, .number: "number"
    case .string, .bytes: "string"
    case .table: "table"
    case .function: "function"
    case .object(let object): type(of: object).luaTypeName
    case .coroutine: "thread"
    }
  }

  /// True for nil.
  package var isNil: Bool {
    if case .nil = self { true } else { false }
  }

  /// The value of a float or an integer; nil for anything else, numeric strings included.
  package var asDouble: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  /// An integer, or a float with an integer value; nil for anything else.
  package var asInteger: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    default: nil
    }
  }

  /// A string of UTF-8; numbers are not converted.
  package var asString: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// Any string, for display only. If it is not UTF-8, every byte other than printable ASCII is shown in the form
  /// `\xE9`.
  package var asShownString: String? {
    switch self {
    case .string(let value): value
    case .bytes(let bytes):
      bytes.map { byte in
        (0x20..<0x7f).contains(byte)
          ? String(Unicode.Scalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }.joined()
    default: nil
    }
  }

  /// A boolean.
  package var asBoolean: Bool? {
    if case .boolean(let value) = self { value } else { nil }
  }

  /// A table.
  package var asTable: LuaTable? {
    if case .table(let value) = self { value } else { nil }
  }

  /// A function.
  package var asFunction: LuaFunction? {
    if case .function(let value) = self { value } else { nil }
  }

  /// An object of one type.
  package func asObject<T: LuaObject>(_ type: T.Type = T.self) -> T? {
    if case .object(let value) = self { value as? T } else { nil }
  }
}

/// A Swift object that scripts hold. Make the class final: the type is looked up by the exact class.
package protocol LuaObject: AnyObject {
  /// What errors, `tostring` and `__name` call it, for example "tensor".
  static var luaTypeName: String { get }
  /// Bytes outside the Lua heap that are freed with the object. They count for the collector, so that it runs often
  /// enough. Read once, when the object is handed to Lua.
  var luaByteCount: Int { get }
  /// A Lua function that the object lets scripts call. Guards also watch what this function can reach (see `LuaGuard`).
  var luaContent: LuaFunction? { get }
}

extension LuaObject {
  package var luaByteCount: Int { 0 }
  package var luaContent: LuaFunction? { nil }
}
