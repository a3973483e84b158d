/// The types of GGUF's metadata, by their numbers in the file.
enum GGUFValueType: UInt32, Sendable {
  case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

  /// Bytes of one value; nil where this depends on the value.
  var size: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }
}

/// A value of GGUF's metadata. Texts and lists stay in the file: a list is read when it is asked for.
enum GGUFValue: Sendable {
  case unsigned(UInt64)
  case signed(Int64)
  case float(Double)
  case bool(Bool)
  /// Where its bytes are.
  case string(Range<Int>)
  case array(GGUFArray)

  /// In the words of an error message.
  var kind: String {
    switch self {
    case .unsigned(let value): "\(value)"
    case .signed(let value): "\(value)"
    case .float(let value): "\(value)"
    case .bool(let value): "\(value)"
    case .string: "a text"
    case .array(let array): "a list of \(array.count) values"
    }
  }
}

/// A list that was checked to lie inside the file.
struct GGUFArray: Sendable {
  let type: GGUFValueType
  let count: Int
  /// The bytes of its elements.
  let range: Range<Int>
}
