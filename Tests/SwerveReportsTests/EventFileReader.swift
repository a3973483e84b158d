import SwerveTestSupport
import Testing

/// A second reader of TensorBoard's event files, written from the format's description alone. It checks every length and
/// every checksum, and knows no code of the writer.
struct EventFileReader {
  struct Event: Equatable {
    var time = 0.0
    var step = 0
    var version = ""
    var values: [Value] = []
  }

  struct Value: Equatable {
    var tag = ""
    /// The bits of a float, so that NaN equals itself.
    var bits: UInt32 = 0
  }

  struct Malformed: Error { let text: String }

  static func events(_ bytes: [UInt8]) throws -> [Event] {
    var events: [Event] = []
    var place = 0
    while place < bytes.count {
      guard bytes.count - place >= 16 else { throw Malformed(text: "a record is cut off at \(place)") }
      let length = Int(number(bytes[place..<place + 8]))
      guard bytes.count - place - 16 >= length else { throw Malformed(text: "a length of \(length) at \(place)") }
      try check(bytes[place..<place + 8], bytes[place + 8..<place + 12])
      let content = bytes[place + 12..<place + 12 + length]
      try check(content, bytes[place + 12 + length..<place + 16 + length])
      events.append(try event(content))
      place += 16 + length
    }
    return events
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// CRC-32C bit by bit, then masked as the format says.
  private static func check(_ bytes: ArraySlice<UInt8>, _ stored: ArraySlice<UInt8>) throws {
    var sum: UInt32 = 0xffff_ffff
    for byte in bytes {
      for bit in 0..<8 {
        let carry = (sum ^ UInt32(byte >> UInt8(bit))) & 1
        sum >>= 1
        if carry == 1 { sum ^= 0x82f6_3b78 }
      }
    }
    sum = ~sum
    let masked = UInt32(truncatingIfNeeded: UInt64(sum >> 15 | sum << 17) + 0xa282_ead8)
    if UInt64(masked) != number(stored) { throw Malformed(text: "a checksum is wrong") }
  }

  private enum Content {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private static func fields(_ bytes: ArraySlice<UInt8>) throws -> [(field: UInt64, content: Content)] {
    var rest = bytes
    func take(_ count: Int) throws -> ArraySlice<UInt8> {
      guard rest.count >= count else { throw Malformed(text: "a field is cut off") }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }
    func varint() throws -> UInt64 {
      var result: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 70, by: 7) {
        let byte = try take(1).first ?? 0
        result |= UInt64(byte & 0x7f) << shift
        if byte < 0x80 { return result }
      }
      throw Malformed(text: "a number is longer than ten bytes")
    }
    var found: [(UInt64, Content)] = []
    while !rest.isEmpty {
      let key = try varint()
      switch key & 7 {
      case 0: found.append((key >> 3, .number(try varint())))
      case 1: found.append((key >> 3, .number(number(try take(8)))))
      case 2: found.append((key >> 3, .bytes(try take(Int(try varint())))))
      case 5: found.append((key >> 3, .number(number(try take(4)))))
      default: throw Malformed(text: "a field of type \(key & 7)")
      }
    }
    return found
  }

  private static func event(_ bytes: ArraySlice<UInt8>) throws -> Event {
    var event = Event()
    for (field, content) in try fields(bytes) {
      switch (field, content) {
      case (1, .number(let bits)): event.time = Double(bitPattern: bits)
      case (2, .number(let step)): event.step = Int(step)
      case (3, .bytes(let text)): event.version = String(decoding: text, as: UTF8.self)
      case (5, .bytes(let summary)):
        for (field, content) in try fields(summary) {
          guard field == 1, case .bytes(let value) = content else { throw Malformed(text: "summary field \(field)") }
          event.values.append(try self.value(value))
        }
      default: throw Malformed(text: "event field \(field)")
      }
    }
    return event
  }

  private static func value(_ bytes: ArraySlice<UInt8>) throws -> Value {
    var value = Value()
    for (field, content) in try fields(bytes) {
      switch (field, content) {
      case (1, .bytes(let tag)): value.tag = String(decoding: tag, as: UTF8.self)
      case (2, .number(let bits)): value.bits = UInt32(bits)
      default: throw Malformed(text: "value field \(field)")
      }
    }
    return value
  }
}
