import SwerveText

/// A token that is looked for in a text before the text is cut into words.
package struct AddedToken: Equatable, Sendable {
  package var id: Int32
  @ExactString package var content: String
  /// Not inside a word: neither a letter nor a digit may be beside it.
  package var singleWord = false
  /// Takes the white space before it, or after it.
  package var stripsLeft = false
  package var stripsRight = false
  /// Looked for in what the normalizer has made of the text, and not in the text itself.
  package var isNormalized = false
  /// Stands for no text, such as the end of one.
  package var isSpecial = true

  package init(id: Int32, content: String) {
    self.id = id
    self.content = content
  }
}

/// Finds added tokens in a text: the leftmost, and of those that begin at one place the longest.
struct AddedTokens: Sendable {
  private let tokens: [AddedToken]
  private let trie: ByteTrie
  private let isFirst: [Bool]

  /// - Parameters:
  ///   - tokens: of which none has the same text as another.
  ///   - texts: what is looked for, one for each of them.
  init(_ tokens: [AddedToken], texts: [[UInt8]]) {
    self.tokens = tokens
    trie = ByteTrie(FlatTexts(texts), values: Array(0..<Int32(tokens.count)))
    var isFirst = [Bool](repeating: false, count: 256)
    for byte in trie.firstBytes { isFirst[Int(byte)] = true }
    self.isFirst = isFirst
  }

  enum Part {
    case token(Int32)
    case text(Range<Int>)
  }

  /// Cuts a range of valid UTF-8 at the tokens that are found. O(length times that of the longest token).
  /// - Parameter parsingSpecial: false: special tokens are text like any other.
  func parts(
    of bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, parsingSpecial: Bool, _ use: (Part) throws -> Void
  ) rethrows {
    var done = range.lowerBound
    var place = range.lowerBound
    if !trie.isEmpty {
      while place < range.upperBound {
        guard isFirst[Int(bytes[place])], let (index, matchEnd) = trie.longest(bytes[place..<range.upperBound]) else {
          place += 1
          continue
        }
        let token = tokens[Int(index)]
        let match = place..<matchEnd
        place = matchEnd
        if token.isSpecial && !parsingSpecial { continue }
        if token.singleWord && Self.isInWord(bytes, match, of: range) { continue }
        var (start, end) = (match.lowerBound, match.upperBound)
        if token.stripsLeft { start = max(done, Self.spaceStart(bytes, before: start, in: range)) }
        if token.stripsRight { end = Self.spaceEnd(bytes, from: end, in: range) }
        if done < start { try use(.text(done..<start)) }
        try use(.token(token.id))
        done = end
      }
    }
    if done < range.upperBound { try use(.text(done..<range.upperBound)) }
  }

  private static func isInWord(
    _ bytes: UnsafeBufferPointer<UInt8>, _ match: Range<Int>, of range: Range<Int>
  ) -> Bool {
    let before = match.lowerBound > range.lowerBound ? lastScalar(bytes, before: match.lowerBound).scalar : nil
    let after = match.upperBound < range.upperBound ? bytes.scalar(at: match.upperBound).scalar : nil
    return before.map(isOfWord) ?? false || after.map(isOfWord) ?? false
  }

  /// `\w` of regular expressions.
  private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
    default: return properties.isAlphabetic || properties.isJoinControl
    }
  }

  private static func lastScalar(
    _ bytes: UnsafeBufferPointer<UInt8>, before end: Int
  ) -> (scalar: Unicode.Scalar, start: Int) {
    var start = end - 1
    while bytes[start] & 0xc0 == 0x80 { start -= 1 }
    return (bytes.scalar(at: start).scalar, start)
  }

  private static func spaceStart(
    _ bytes: UnsafeBufferPointer<UInt8>, before end: Int, in range: Range<Int>
  ) -> Int {
    var place = end
    while place > range.lowerBound {
      let (scalar, start) = lastScalar(bytes, before: place)
      guard scalar.properties.isWhitespace else { break }
      place = start
    }
    return place
  }

  private static func spaceEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, in range: Range<Int>) -> Int {
    var place = start
    while place < range.upperBound {
      let (scalar, end) = bytes.scalar(at: place)
      guard scalar.properties.isWhitespace else { break }
      place = end
    }
    return place
  }
}
