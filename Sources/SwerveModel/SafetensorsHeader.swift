// The JSON header of a safetensors file, read by a scanner that knows its grammar and nothing else: an object of
// objects, one of strings to strings, no deeper. Depth is bounded by the grammar, so no header can exhaust the stack.

/// One tensor as the header describes it, before any of it is checked against the file.
struct SafetensorsHeaderEntry {
  var name: String
  var dtype: String
  var shape: [Int]
  var begin: Int
  var end: Int
}

/// The members of a header in the order in which they are written.
struct SafetensorsHeader {
  private(set) var metadata: [(key: String, value: String)] = []
  private(set) var entries: [SafetensorsHeaderEntry] = []

  /// - Throws: `SafetensorsError` for anything that isn't a header in strict JSON, with the byte where it was met.
  init(json: UnsafeRawBufferPointer) throws {
    var scanner = HeaderScanner(bytes: json)
    var names = NameSet()
    var hasMetadata = false
    try scanner.members { scanner, name in
      if name == "__metadata__" {
        guard !hasMetadata else { throw scanner.repeated("__metadata__") }
        hasMetadata = true
        metadata = try Self.metadata(&scanner)
      } else {
        guard names.insert(name) else { throw scanner.repeated(name) }
        entries.append(try Self.entry(name, &scanner))
      }
    }
    try scanner.finish()
  }

  private static func metadata(_ scanner: inout HeaderScanner) throws -> [(key: String, value: String)] {
    var pairs: [(key: String, value: String)] = []
    var keys = NameSet()
    try scanner.members { scanner, key in
      guard keys.insert(key) else { throw scanner.repeated("__metadata__/" + key) }
      pairs.append((key, try scanner.string()))
    }
    return pairs
  }

  private static func entry(_ name: String, _ scanner: inout HeaderScanner) throws -> SafetensorsHeaderEntry {
    var dtype: String?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.members { scanner, key in
      switch key {
      case "dtype" where dtype == nil: dtype = try scanner.string()
      case "shape" where shape == nil: shape = try scanner.wholeNumbers()
      case "data_offsets" where offsets == nil: offsets = try scanner.wholeNumbers()
      case "dtype", "shape", "data_offsets": throw scanner.repeated(name + "/" + key)
      default:
        throw SafetensorsError(
          tensor: name, "unknown member", found: key.debugDescription, expected: "dtype, shape and data_offsets")
      }
    }
    guard let dtype, let shape, let offsets else {
      let missing = dtype == nil ? "dtype" : shape == nil ? "shape" : "data_offsets"
      throw SafetensorsError(
        tensor: name, "incomplete entry", found: "no \(missing)", expected: "dtype, shape and data_offsets")
    }
    guard offsets.count == 2 else {
      throw SafetensorsError(
        tensor: name, "data_offsets", kind: .cutOff, found: "\(offsets.count) numbers",
        expected: "2 numbers, begin and end")
    }
    return SafetensorsHeaderEntry(name: name, dtype: dtype, shape: shape, begin: offsets[0], end: offsets[1])
  }
}

/// Names by their bytes: Swift's String equality would call two spellings of one accented letter the same name.
private struct NameSet {
  private var seen: Set<[UInt8]> = []

  /// False if the name was there.
  mutating func insert(_ name: String) -> Bool { seen.insert(Array(name.utf8)).inserted }
}

/// Reads strict JSON from left to right.
struct HeaderScanner {
  private let bytes: UnsafeRawBufferPointer
  private var at = 0

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// `{ "key": value, ... }`; the body reads the value after each key.
  mutating func members(_ body: (inout HeaderScanner, String) throws -> Void) throws {
    try expect("{")
    if take("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try body(&self, key)
    } while take(",")
    try expect("}")
  }

  /// `[ 1, 2, ... ]`
  mutating func wholeNumbers() throws -> [Int] {
    var numbers: [Int] = []
    try expect("[")
    if take("]") { return numbers }
    repeat { numbers.append(try wholeNumber()) } while take(",")
    try expect("]")
    return numbers
  }

  private mutating func wholeNumber() throws -> Int {
    skipSpace()
    let start = at
    var value = 0
    while at < bytes.count, case let digit = bytes[at], (0x30...0x39).contains(digit) {
      let (tens, overflow1) = value.multipliedReportingOverflow(by: 10)
      let (next, overflow2) = tens.addingReportingOverflow(Int(digit - 0x30))
      guard !overflow1, !overflow2 else {
        throw SafetensorsError(
          "number at byte \(start) of the header", found: "too large", expected: "at most \(Int.max)")
      }
      value = next
      at += 1
    }
    let leadingZero = at - start > 1 && bytes[start] == 0x30
    guard at > start, !leadingZero else {
      throw unexpected(at: start, expected: "a whole number without leading zeros")
    }
    if at < bytes.count, [0x2E, 0x65, 0x45].contains(bytes[at]) {
      throw unexpected(at: at, expected: "a whole number")
    }
    return value
  }

  mutating func string() throws -> String {
    try expect("\"")
    let start = at
    var text: [UInt8] = []
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      switch byte {
      case 0x22:
        guard let string = String(validating: text, as: UTF8.self) else {
          throw SafetensorsError(
            "string at byte \(start) of the header", found: "bytes that are not UTF-8", expected: "UTF-8")
        }
        return string
      case 0x5C: try escape(into: &text)
      case 0..<0x20: throw unexpected(at: at - 1, expected: "no control character inside a string")
      default: text.append(byte)
      }
    }
    throw unexpected(at: at, expected: "the \" that ends the string from byte \(start)")
  }

  /// Only spaces may follow the object: the format's padding.
  mutating func finish() throws {
    while at < bytes.count, bytes[at] == 0x20 { at += 1 }
    if at < bytes.count { throw unexpected(at: at, expected: "only spaces after the header's object") }
  }

  func repeated(_ name: String) -> SafetensorsError {
    SafetensorsError("repeated name", found: "\(name.debugDescription) twice", expected: "every name once")
  }
}

extension HeaderScanner {
  /// What follows a backslash.
  private mutating func escape(into text: inout [UInt8]) throws {
    let start = at - 1
    guard at < bytes.count else { throw unexpected(at: at, expected: "an escape") }
    let byte = bytes[at]
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code), at + 1 < bytes.count, bytes[at] == 0x5C, bytes[at + 1] == 0x75 {
        at += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw unexpected(at: start, expected: "a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw unexpected(at: start, expected: "a surrogate pair") }
      text.append(contentsOf: Array(String(scalar).utf8))
    default: throw unexpected(at: start, expected: "one of the escapes of JSON")
    }
  }

  private mutating func hexadecimal() throws -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard at < bytes.count, let digit = Character(Unicode.Scalar(bytes[at])).hexDigitValue, bytes[at] < 0x80 else {
        throw unexpected(at: at, expected: "four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      at += 1
    }
    return value
  }

  private mutating func skipSpace() {
    while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    skipSpace()
    guard at < bytes.count, bytes[at] == UInt8(ascii: scalar) else { return false }
    at += 1
    return true
  }

  private mutating func expect(_ scalar: Unicode.Scalar) throws {
    if !take(scalar) { throw unexpected(at: at, expected: "\"\(scalar)\"") }
  }

  private func unexpected(at offset: Int, expected: String) -> SafetensorsError {
    let found =
      offset >= bytes.count
      ? "the end"
      : (0x21..<0x7F).contains(bytes[offset])
        ? "\"\(Unicode.Scalar(bytes[offset]))\"" : "byte 0x\(String(bytes[offset], radix: 16))"
    return SafetensorsError("byte \(offset) of the header", found: found, expected: expected)
  }
}
