/// Bytes that should be UTF-8 as people see them. A token may hold a part of a character, and a model may write any bytes.
package enum ShownBytes {
  /// The text of some bytes, in which those that are no characters are escaped, as in `\xE2\x86`. O(bytes).
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    let bytes = Array(bytes)
    return characters(bytes).map(\.text).joined()
  }

  /// The characters of some bytes, each as it is shown and with the number of its bytes. What `String(decoding:as:)` replaces by
  /// one U+FFFD is one character here.
  static func characters(_ bytes: [UInt8]) -> [(text: String, length: Int)] {
    var parser = Unicode.UTF8.ForwardParser()
    var rest = bytes.makeIterator()
    var found: [(text: String, length: Int)] = []
    var place = 0
    while true {
      switch parser.parseScalar(from: &rest) {
      case .valid(let scalar):
        found.append((String(Unicode.UTF8.decode(scalar)), scalar.count))
      case .error(let length):
        found.append((bytes[place..<place + length].map(escape).joined(), length))
      case .emptyInput: return found
      }
      place += found[found.count - 1].length
    }
  }

  private static func escape(_ byte: UInt8) -> String {
    "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }
}
