import SwerveText

/// Reads a GGUF file from its start. Every length is compared with what is left of the file before anything uses it.
struct GGUFCursor {
  let file: ModelFile
  private(set) var position = 0

  init(_ file: ModelFile) { self.file = file }

  var left: Int { file.bytes.count - position }

  /// - Parameter part: what is being read, for the error.
  mutating func take(_ count: UInt64, _ part: String) throws -> Range<Int> {
    guard count <= UInt64(left) else {
      throw WeightFormatError(
        .cutOff, file.name, part, found: "\(count) bytes announced", expected: "at most the \(left) that are left")
    }
    defer { position += Int(count) }
    return position..<position + Int(count)
  }

  mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, _ part: String) throws -> Value
  {
    let range = try take(UInt64(MemoryLayout<Value>.size), part)
    return Value(littleEndian: file.bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: type))
  }

  /// How many things follow, each of at least `size` bytes.
  mutating func count(_ part: String, size: Int) throws -> Int {
    let count = try integer(UInt64.self, part)
    guard count <= UInt64(left / size) else {
      throw WeightFormatError(
        .cutOff, file.name, part, found: "\(count) announced", expected: "at most the \(left / size) that fit the file")
    }
    return Int(count)
  }

  /// A length and as many bytes.
  mutating func string(_ part: String) throws -> Range<Int> {
    try take(integer(UInt64.self, "length of " + part), part)
  }

  /// A name: UTF-8, not empty.
  mutating func name(_ part: String) throws -> String {
    let range = try string(part)
    guard let name = String(validating: file.bytes[range], as: UTF8.self), !name.isEmpty else {
      throw WeightFormatError(
        .malformed, file.name, part, found: range.isEmpty ? "no letters" : "bytes that are no UTF-8",
        expected: "a name")
    }
    return name
  }

  mutating func value(of key: String) throws -> GGUFValue {
    let part = "key " + shown(key)
    switch try valueType(part) {
    case .uint8: return .unsigned(UInt64(try integer(UInt8.self, part)))
    case .uint16: return .unsigned(UInt64(try integer(UInt16.self, part)))
    case .uint32: return .unsigned(UInt64(try integer(UInt32.self, part)))
    case .uint64: return .unsigned(try integer(UInt64.self, part))
    case .int8: return .signed(Int64(try integer(Int8.self, part)))
    case .int16: return .signed(Int64(try integer(Int16.self, part)))
    case .int32: return .signed(Int64(try integer(Int32.self, part)))
    case .int64: return .signed(try integer(Int64.self, part))
    case .float32: return .float(Double(Float(bitPattern: try integer(UInt32.self, part))))
    case .float64: return .float(Double(bitPattern: try integer(UInt64.self, part)))
    case .bool: return .bool(try bool(part))
    case .string: return .string(try string(part))
    case .array: return .array(try array(part))
    }
  }

  private mutating func valueType(_ part: String) throws -> GGUFValueType {
    let number = try integer(UInt32.self, "type of " + part)
    guard let type = GGUFValueType(rawValue: number) else {
      throw WeightFormatError(
        .malformed, file.name, part, found: "a value of type \(number)", expected: "a type from 0 to 12")
    }
    return type
  }

  private mutating func bool(_ part: String) throws -> Bool {
    let byte = try integer(UInt8.self, part)
    guard byte <= 1 else {
      throw WeightFormatError(.malformed, file.name, part, found: "the byte \(byte)", expected: "0 or 1 for a boolean")
    }
    return byte == 1
  }

  private mutating func array(_ part: String) throws -> GGUFArray {
    let type = try valueType(part)
    if let size = type.size {
      let count = try count(part, size: size)
      return GGUFArray(type: type, count: count, range: try take(UInt64(count * size), part))
    }
    guard type == .string else {
      throw WeightFormatError(
        .unsupported, file.name, part, found: "a list of lists", expected: "a list of plain values")
    }
    let count = try count(part, size: 8)
    let start = position
    for _ in 0..<count { _ = try string(part) }
    return GGUFArray(type: type, count: count, range: start..<position)
  }
}
