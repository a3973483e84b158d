/// How byte-level vocabularies spell bytes: printable characters of Latin-1 stand for themselves, and U+0100 and those after it
/// for the other bytes in order. So a space is spelled "Ġ".
enum ByteAlphabet {
  /// The scalar of each byte.
  static let scalars: [Unicode.Scalar] = {
    var others: UInt32 = 0x100
    return (0...255).map { (byte: UInt32) in
      switch byte {
      case 0x21...0x7e, 0xa1...0xac, 0xae...0xff: return Unicode.Scalar(byte)!
      default:
        others += 1
        return Unicode.Scalar(others - 1)!
      }
    }
  }()

  private static let bytes: [UInt8?] = {
    var bytes = [UInt8?](repeating: nil, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = UInt8(byte) }
    return bytes
  }()

  /// The bytes that a text spells; nil if one of its scalars stands for no byte.
  static func bytes(spelledBy text: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      guard scalar.value < bytes.count, let byte = bytes[Int(scalar.value)] else { return nil }
      result.append(byte)
    }
    return result
  }

  /// What a token of a vocabulary stands for: the bytes that it spells, else its own.
  static func meaning(of token: String) -> [UInt8] { bytes(spelledBy: token) ?? Array(token.utf8) }
}
