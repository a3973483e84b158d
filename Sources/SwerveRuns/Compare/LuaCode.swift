/// A Lua file as its tokens: what is left when comments and spaces are taken away.
struct LuaCode {
  private let bytes: [UInt8]
  private var at = 0
  private var hasher = DigestInProgress()

  /// SHA-256 over the tokens, a 0 after each: two texts that Lua reads as the same tokens have the same.
  static func digest(_ bytes: [UInt8]) -> String {
    var code = LuaCode(bytes)
    code.readAll()
    return code.hasher.value
  }

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  private static let symbols = ["...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>"].map { Array($0.utf8) }

  private mutating func readAll() {
    // Lua itself passes over a byte order mark, and a first line that a shell reads.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    if isNext("#") { skipLine() }
    while at < bytes.count {
      let start = at
      switch bytes[at] {
      case 0x20, 0x09...0x0D:
        at += 1
        continue
      case UInt8(ascii: "-") where isNext("--"):
        at += 2
        if !takeLongBracket() { skipLine() }
        continue
      case UInt8(ascii: "\""), UInt8(ascii: "'"): takeString()
      case UInt8(ascii: "[") where takeLongBracket(): break
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

  private mutating func skipLine() { while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 } }

  /// Up to the quote that ends it, or to the end of the line, where Lua finds no string.
  private mutating func takeString() {
    let quote = bytes[at]
    at += 1
    while at < bytes.count, bytes[at] != quote, bytes[at] != UInt8(ascii: "\n") {
      // What follows a backslash, a line end too, belongs to the string.
      at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
    }
    at = min(at + 1, bytes.count)
  }

  /// From `[[` or `[==[` to the bracket of the same level; false, and nothing taken, where none starts.
  private mutating func takeLongBracket() -> Bool {
    let level = bytes[at...].dropFirst().prefix { $0 == UInt8(ascii: "=") }.count
    guard isNext("["), bytes[at...].dropFirst(level + 1).first == UInt8(ascii: "[") else { return false }
    let end = [UInt8(ascii: "]")] + [UInt8](repeating: UInt8(ascii: "="), count: level) + [UInt8(ascii: "]")]
    at += level + 2
    while at < bytes.count, !bytes[at...].starts(with: end) { at += 1 }
    at = min(at + end.count, bytes.count)
    return true
  }

  /// Digits, points and letters, with a sign after an exponent.
  private mutating func takeNumber() {
    let isHexadecimal = isNext("0x") || isNext("0X")
    let exponents = isHexadecimal ? "pP" : "eE"
    while at < bytes.count, Self.isWord(bytes[at]) || bytes[at] == UInt8(ascii: ".") {
      let isExponent = exponents.utf8.contains(bytes[at])
      at += 1
      if isExponent, isNext("+") || isNext("-") { at += 1 }
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isWord(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
