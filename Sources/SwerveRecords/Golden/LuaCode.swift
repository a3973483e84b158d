import SwerveFiles

/// The lexemes of a Lua file, without comments and spaces between lexemes.
package struct LuaCode {
  private let bytes: [UInt8]
  private var at = 0
  private var hasher = DigestInProgress()

  /// SHA-256 over the lexemes as they are written, a 0 after each. It is equal for two texts that differ only in
  /// comments and spaces. 0x10 and 16 are different lexemes.
  package static func digest(_ bytes: [UInt8]) -> String {
    var code = LuaCode(bytes)
    code.readAll()
    return code.hasher.value
  }

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  private static let symbols = ["...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>"].map { Array($0.utf8) }

  private mutating func readAll() {
    // Lua itself skips a byte order mark, and a first line that starts with `#`.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    if isNext("#") { skipLine() }
    while at < bytes.count {
      let start = at
      switch bytes[at] {
      case let byte where Self.isSpace(byte):
        at += 1
        continue
      case UInt8(ascii: "-") where isNext("--"):
        at += 2
        if !takeLongBracket() { skipLine() }
        continue
      case UInt8(ascii: "\""), UInt8(ascii: "'"): takeString()
      case UInt8(ascii: "["): if !takeLongBracket() { at += 1 }
      case let byte where Self.isDigit(byte): takeNumber()
      case UInt8(ascii: ".") where at + 1 < bytes.count && Self.isDigit(bytes[at + 1]): takeNumber()
      case let byte where Self.isWord(byte): while at < bytes.count, Self.isWord(bytes[at]) { at += 1 }
      default: at += Self.symbols.first { bytes[at...].starts(with: $0) }?.count ?? 1
      }
      hasher.add(bytes[start..<at])
      hasher.add([0])
    }
  }

  private func isNext(_ text: StaticString) -> Bool {
    bytes[at...].starts(with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func skipLine() { while at < bytes.count, !Self.endsLine(bytes[at]) { at += 1 } }

  /// Takes a string up to its closing quote, or to the end of the line if there is none, which is an error in Lua.
  private mutating func takeString() {
    let quote = bytes[at]
    at += 1
    while at < bytes.count, bytes[at] != quote, !Self.endsLine(bytes[at]) {
      if bytes[at] == UInt8(ascii: "\\") { takeEscape() } else { at += 1 }
    }
    at = min(at + 1, bytes.count)
  }

  /// Takes a backslash and what it escapes: a line end of one or two bytes, all spaces after `\z`, else one byte.
  private mutating func takeEscape() {
    at += 1
    guard at < bytes.count else { return }
    let byte = bytes[at]
    at += 1
    if byte == UInt8(ascii: "z") {
      while at < bytes.count, Self.isSpace(bytes[at]) { at += 1 }
    } else if Self.endsLine(byte), at < bytes.count, Self.endsLine(bytes[at]), bytes[at] != byte {
      at += 1
    }
  }

  /// Takes a text from `[[` or `[==[` to the closing bracket of the same level. Returns false and takes nothing if no
  /// such bracket starts here.
  private mutating func takeLongBracket() -> Bool {
    let level = bytes[at...].dropFirst().prefix { $0 == UInt8(ascii: "=") }.count
    guard isNext("["), bytes[at...].dropFirst(level + 1).first == UInt8(ascii: "[") else { return false }
    let end = [UInt8(ascii: "]")] + [UInt8](repeating: UInt8(ascii: "="), count: level) + [UInt8(ascii: "]")]
    at += level + 2
    while at < bytes.count, !bytes[at...].starts(with: end) { at += 1 }
    at = min(at + end.count, bytes.count)
    return true
  }

  /// Takes digits, points and letters, and a sign after an exponent.
  private mutating func takeNumber() {
    let isHexadecimal = isNext("0x") || isNext("0X")
    let exponents = isHexadecimal ? "pP" : "eE"
    while at < bytes.count, Self.isWord(bytes[at]) || bytes[at] == UInt8(ascii: ".") {
      let isExponent = exponents.utf8.contains(bytes[at])
      at += 1
      if isExponent, isNext("+") || isNext("-") { at += 1 }
    }
  }

  private static func endsLine(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isWord(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
