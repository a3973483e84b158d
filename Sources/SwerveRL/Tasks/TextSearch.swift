/// Finds the first occurrence of a text in bytes that come one at a time (Knuth, Morris and Pratt 1977). O(1) a byte on average.
package struct TextSearch: Sendable {
  private let text: [UInt8]
  /// For each count of bytes that match: how many of the text's first bytes the last of them are, apart from all.
  private let shorter: [Int]
  /// How many bytes of the text the last bytes match.
  private var matched = 0

  /// - Parameter text: at least one byte.
  package init(_ text: String) {
    let bytes = Array(text.utf8)
    precondition(!bytes.isEmpty, "every text has an empty one at its start")
    var shorter = [0, 0]
    for byte in bytes.dropFirst() {
      shorter.append(Self.extend(shorter[shorter.count - 1], with: byte, bytes, shorter))
    }
    self.text = bytes
    self.shorter = shorter
  }

  /// Takes the next byte; true where it completes the text.
  package mutating func append(_ byte: UInt8) -> Bool {
    matched = Self.extend(matched, with: byte, text, shorter)
    return matched == text.count
  }

  private static func extend(_ matched: Int, with byte: UInt8, _ text: [UInt8], _ shorter: [Int]) -> Int {
    var matched = matched
    while matched > 0 && (matched == text.count || text[matched] != byte) { matched = shorter[matched] }
    return text[matched] == byte ? matched + 1 : 0
  }
}
