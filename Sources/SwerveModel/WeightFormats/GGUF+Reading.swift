import SwerveText

// Keys by name, with the type that the reader needs. A key that is absent gives nil; a key of another type is an error.
extension GGUF {
  func mismatch(_ key: String, expected: String) -> WeightFormatError {
    WeightFormatError(
      .malformed, file.name, "key \(shown(key))", found: value(key)?.kind ?? "nothing", expected: expected)
  }

  func missing(_ key: String, _ expected: String) -> WeightFormatError {
    WeightFormatError(.missing, file.name, "key \(shown(key))", found: "nothing", expected: expected)
  }

  func string(_ key: String) throws -> String? {
    guard let value = value(key) else { return nil }
    guard case .string(let range) = value, let text = text(range) else {
      throw mismatch(key, expected: "a text in UTF-8")
    }
    return text
  }

  /// A whole number that is not negative.
  func count(_ key: String) throws -> Int? {
    switch value(key) {
    case nil: return nil
    case .unsigned(let value) where value <= UInt64(Int.max): return Int(value)
    case .signed(let value) where value >= 0: return Int(value)
    default: throw mismatch(key, expected: "a whole number from 0 up")
    }
  }

  func required(count key: String) throws -> Int {
    guard let count = try count(key) else { throw missing(key, "a whole number") }
    return count
  }

  /// The id of one of `count` tokens.
  func token(_ key: String, of count: Int) throws -> Int? {
    guard let id = try self.count(key) else { return nil }
    guard id < count else { throw mismatch(key, expected: "one of the \(count) tokens") }
    return id
  }

  func number(_ key: String) throws -> Double? {
    guard let value = value(key) else { return nil }
    guard case .float(let number) = value, number.isFinite else { throw mismatch(key, expected: "a finite number") }
    return number
  }

  func bool(_ key: String) throws -> Bool? {
    guard let value = value(key) else { return nil }
    guard case .bool(let bool) = value else { throw mismatch(key, expected: "a boolean") }
    return bool
  }

  /// The texts of a list, as bytes.
  func strings(_ key: String) throws -> [[UInt8]]? {
    guard let value = value(key) else { return nil }
    guard case .array(let array) = value, array.type == .string else {
      throw mismatch(key, expected: "a list of texts")
    }
    var strings: [[UInt8]] = []
    strings.reserveCapacity(array.count)
    var position = array.range.lowerBound
    for _ in 0..<array.count {
      let length = Int(
        UInt64(littleEndian: file.bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
      strings.append([UInt8](file.bytes[position + 8..<position + 8 + length]))
      position += 8 + length
    }
    return strings
  }

  func integers(_ key: String) throws -> [Int]? {
    guard let value = value(key) else { return nil }
    guard case .array(let array) = value, array.type == .int32 || array.type == .uint32 else {
      throw mismatch(key, expected: "a list of whole numbers of 32 bits")
    }
    return (0..<array.count).map { index in
      let bits = UInt32(
        littleEndian: file.bytes.loadUnaligned(fromByteOffset: array.range.lowerBound + 4 * index, as: UInt32.self))
      return array.type == .int32 ? Int(Int32(bitPattern: bits)) : Int(bits)
    }
  }
}
