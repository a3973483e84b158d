/// Writes the fields of a message of Protocol Buffers: https://protobuf.dev/programming-guides/encoding/
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  /// How a field's content is stored.
  private enum WireType: UInt64 {
    case varint = 0
    case eightBytes = 1
    case withLength = 2
    case fourBytes = 5
  }

  mutating func write(_ value: Double, field: UInt64) {
    begin(field, .eightBytes)
    append(value.bitPattern)
  }

  mutating func write(_ value: Float, field: UInt64) {
    begin(field, .fourBytes)
    append(value.bitPattern)
  }

  /// An int64.
  mutating func write(_ value: Int, field: UInt64) {
    begin(field, .varint)
    appendVarint(UInt64(bitPattern: Int64(value)))
  }

  /// A string, or a message in the message.
  mutating func write(_ content: some Collection<UInt8>, field: UInt64) {
    begin(field, .withLength)
    appendVarint(UInt64(content.count))
    bytes += content
  }

  private mutating func begin(_ field: UInt64, _ type: WireType) { appendVarint(field << 3 | type.rawValue) }

  /// Seven bits in each byte, the lowest first; the eighth bit says that another byte follows.
  private mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func append(_ bits: some FixedWidthInteger) {
    withUnsafeBytes(of: bits.littleEndian) { bytes += $0 }
  }
}
