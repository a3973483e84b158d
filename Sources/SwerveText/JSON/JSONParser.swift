/// Where and why a text is not JSON. Line and column count from 1; the column counts bytes.
package struct JSONError: Error, Equatable, Sendable {
  package let message: String
  package let line: Int
  package let column: Int

  package init(message: String, line: Int, column: Int) {
    self.message = message
    self.line = line
    self.column = column
  }
}

/// A strict reader of RFC 8259: nothing but whitespace after the value, no key twice, no control character in a string,
/// valid UTF-8, at most `depthLimit` values inside each other.
package struct JSONParser: ~Copyable {
  package static let depthLimit = 64

  private let bytes: UnsafeBufferPointer<UInt8>
  private let firstLine: Int
  private var position = 0

  private init(bytes: UnsafeBufferPointer<UInt8>, firstLine: Int) {
    self.bytes = bytes
    self.firstLine = firstLine
  }

  /// Reads one value that fills the whole text. `firstLine` is the number of the text's first line in its file.
  package static func parse(_ bytes: UnsafeBufferPointer<UInt8>, firstLine: Int = 1) throws(JSONError) -> JSONValue {
    var parser = JSONParser(bytes: bytes, firstLine: firstLine)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error("something follows the value") }
    return value
  }

  package static func parse(_ text: String) throws(JSONError) -> JSONValue { try parse(Array(text.utf8)) }

  package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    let result = bytes.withUnsafeBufferPointer { buffer -> Result<JSONValue, JSONError> in
      do throws(JSONError) { return .success(try parse(buffer)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  // MARK: values

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < Self.depthLimit else { throw error("values are nested deeper than \(Self.depthLimit)") }
    skipSpace()
    guard let byte = peek else { throw error("the text ends where a value should be") }
    switch byte {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case 0xef where position == 0 && bytes.starts(with: [0xef, 0xbb, 0xbf]):
      throw error("a byte order mark is in front: save the text as UTF-8 without one")
    default: throw error("a value should be here")
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> [JSONMember] {
    var members: [JSONMember] = []
    position += 1
    skipSpace()
    if take(UInt8(ascii: "}")) { return members }
    repeat {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw error("a key in quotes should be here") }
      let start = position
      let key = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw error("a colon should be here") }
      if members.count < 8, members.contains(where: { $0.key === key }) {
        position = start
        throw error("the key \"\(key)\" is here twice")
      }
      members.append(JSONMember(key, try value(depth: depth + 1)))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw error("a comma or } should be here") }
    try checkKeys(members)
    return members
  }

  /// Checks larger objects, for which comparing each new key with every earlier one would take too long.
  private func checkKeys(_ members: [JSONMember]) throws(JSONError) {
    guard members.count > 8 else { return }
    var seen = Set<ExactString>(minimumCapacity: members.count)
    for member in members where !seen.insert(ExactString(member.key)).inserted {
      throw error("the key \"\(member.key)\" is twice in the object that ends here")
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
    var elements: [JSONValue] = []
    position += 1
    skipSpace()
    if take(UInt8(ascii: "]")) { return elements }
    repeat {
      elements.append(try value(depth: depth + 1))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw error("a comma or ] should be here") }
    return elements
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let count = word.utf8CodeUnitCount
    guard bytes.count - position >= count else { throw error("\(word) should be here") }
    for offset in 0..<count where bytes[position + offset] != word.utf8Start[offset] {
      throw error("\(word) should be here")
    }
    position += count
    return value
  }

  private mutating func number() throws(JSONError) -> JSONNumber {
    let start = position
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    return JSONNumber(checkedText: String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    guard position > start else { throw error("a digit should be here") }
  }

  // MARK: strings

  private mutating func string() throws(JSONError) -> String {
    position += 1
    var result = ""
    var start = position
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        let run = try text(from: start)
        position += 1
        return result.isEmpty ? run : result + run
      case UInt8(ascii: "\\"):
        result += try text(from: start)
        result.unicodeScalars.append(try escape())
        start = position
      case 0..<0x20: throw error("a control character must be escaped in a string")
      default: position += 1
      }
    }
    throw error("the string has no closing quote")
  }

  private func text(from start: Int) throws(JSONError) -> String {
    guard let text = String(validating: bytes[start..<position], as: UTF8.self) else {
      throw error("the string before this place is not valid UTF-8")
    }
    return text
  }

  /// Reads from the backslash on.
  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    position += 1
    guard let byte = peek else { throw error("the string has no closing quote") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default:
      position -= 1
      throw error("this escape does not exist in JSON")
    }
  }

  private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
    let first = try hexUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xdc00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
      throw error("half of a surrogate pair stands alone")
    }
    let second = try hexUnit()
    guard (0xdc00..<0xe000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    else { throw error("half of a surrogate pair stands alone") }
    return scalar
  }

  private mutating func hexUnit() throws(JSONError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw error("four hexadecimal digits should be here")
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }

  // MARK: bytes

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      default: return
      }
    }
  }

  private func error(_ message: String) -> JSONError {
    var line = firstLine
    var lineStart = 0
    for index in 0..<position where bytes[index] == UInt8(ascii: "\n") {
      line += 1
      lineStart = index + 1
    }
    return JSONError(message: message, line: line, column: position - lineStart + 1)
  }
}
