import SwerveText

/// One word of a condition.
enum QueryToken: Equatable {
  case name(String)
  case literal(RunValue)
  case comparison(RunCondition.Comparison)
  case and, or, not, open, close
  case end

  /// The token as error messages show it.
  var shown: String {
    switch self {
    case .name(let name): "'\(name)'"
    case .literal(.text(let text)): "\"\(text)\""
    case .literal(let value): value.text
    case .comparison(let comparison): "'\(comparison.rawValue)'"
    case .and: "'and'"
    case .or: "'or'"
    case .not: "'not'"
    case .open: "'('"
    case .close: "')'"
    case .end: "the end"
    }
  }
}

/// Splits a condition into tokens.
struct QueryLexer {
  private static let nameBytes = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.:-".utf8)
  private let bytes: [UInt8]
  private(set) var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  /// The next token and its start, counted in bytes from 1.
  mutating func next() throws -> (token: QueryToken, column: Int) {
    while position < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[position]) { position += 1 }
    let column = position + 1
    guard position < bytes.count else { return (.end, column) }
    let byte = bytes[position]
    if let token = symbol() { return (token, column) }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      return (.literal(.text(try quoted(byte, "a text"))), column)
    case UInt8(ascii: "`"): return (.name(try quoted(byte, "a name")), column)
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"):
      return (.literal(try number(column)), column)
    default: break
    }
    guard Self.nameBytes.contains(byte) else {
      let shown = (0x21..<0x7f).contains(byte) ? "'\(Unicode.Scalar(byte))'" : "byte 0x\(String(byte, radix: 16))"
      throw Self.error("\(shown) has no meaning here; a name with other letters goes between backquotes", column)
    }
    return (word(), column)
  }

  static func error(_ message: String, _ column: Int) -> UsageError {
    UsageError("--where, column \(column): \(message)")
  }

  private mutating func symbol() -> QueryToken? {
    let symbols: [(String, QueryToken)] = [
      ("(", .open), (")", .close), ("<=", .comparison(.atMost)), (">=", .comparison(.atLeast)),
      ("!=", .comparison(.notEqual)), ("~=", .comparison(.notEqual)), ("<>", .comparison(.notEqual)),
      ("==", .comparison(.equal)), ("=", .comparison(.equal)), ("<", .comparison(.less)),
      (">", .comparison(.greater)),
    ]
    guard let found = symbols.first(where: { bytes[position...].starts(with: $0.0.utf8) }) else { return nil }
    position += found.0.utf8.count
    return found.1
  }

  /// Everything up to the same quote; there are no escapes, because there are three quotes.
  private mutating func quoted(_ quote: UInt8, _ what: String) throws -> String {
    let start = position + 1
    guard let end = bytes[start...].firstIndex(of: quote) else {
      throw Self.error("\(what) has no closing \(Unicode.Scalar(quote))", position + 1)
    }
    position = end + 1
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  private mutating func run() -> String {
    let start = position
    while position < bytes.count, Self.nameBytes.contains(bytes[position]) || bytes[position] == UInt8(ascii: "+") {
      position += 1
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func number(_ column: Int) throws -> RunValue {
    let text = run()
    guard let value = Double(text), value.isFinite else {
      throw Self.error("'\(text)' is not a number; a text goes between quotes, a name between backquotes", column)
    }
    return .number(text)
  }

  private mutating func word() -> QueryToken {
    let start = position
    while position < bytes.count, Self.nameBytes.contains(bytes[position]) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    switch text {
    case "and": return .and
    case "or": return .or
    case "not": return .not
    case "true": return .literal(.flag(true))
    case "false": return .literal(.flag(false))
    default: return .name(text)
    }
  }
}
