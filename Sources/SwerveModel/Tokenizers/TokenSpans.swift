/// Which token each character of a text came from. A character is a Unicode scalar, or what stands for bytes that are none; it
/// belongs to the token that has its first byte.
package struct TokenSpans: Sendable {
  private let bytes: [UInt8]
  /// Where each token starts in the bytes.
  private let tokenStarts: [Int]
  /// Where each character starts in the bytes.
  private let characterStarts: [Int]
  /// The index of each character's token.
  private let owners: [Int]

  /// O(bytes).
  package init(_ tokens: [Int32], _ tokenizer: any Tokenizer) {
    var bytes: [UInt8] = []
    let tokenStarts = tokens.map { token in
      let start = bytes.count
      bytes += tokenizer.bytes(of: token)
      return start
    }
    var characterStarts: [Int] = []
    var owners: [Int] = []
    var offset = 0
    var owner = 0
    for length in Self.characterLengths(bytes) {
      // The last one that starts here or before: tokens without bytes have no characters.
      while owner + 1 < tokens.count && tokenStarts[owner + 1] <= offset { owner += 1 }
      characterStarts.append(offset)
      owners.append(owner)
      offset += length
    }
    self.bytes = bytes
    self.tokenStarts = tokenStarts
    self.characterStarts = characterStarts
    self.owners = owners
  }

  /// Bytes of each character, as `String(decoding:as:)` finds them.
  private static func characterLengths(_ bytes: [UInt8]) -> [Int] {
    var parser = Unicode.UTF8.ForwardParser()
    var rest = bytes.makeIterator()
    var lengths: [Int] = []
    while true {
      switch parser.parseScalar(from: &rest) {
      case .valid(let scalar): lengths.append(scalar.count)
      case .error(let length): lengths.append(length)
      case .emptyInput: return lengths
      }
    }
  }

  /// The index of the token that a character belongs to; nil past the end of the text.
  package func token(ofCharacter index: Int) -> Int? { index < owners.count ? owners[index] : nil }

  /// What the character's token has before it; nil past the end of the text.
  package func tokenStart(beforeCharacter index: Int) -> ArraySlice<UInt8>? {
    token(ofCharacter: index).map { bytes[tokenStarts[$0]..<characterStarts[index]] }
  }

  /// The characters of each token.
  /// - Parameter text: that of the tokens, or a part of it from the start.
  package func pieces(of text: String) -> [String] {
    var pieces = [String.UnicodeScalarView](repeating: .init(), count: tokenStarts.count)
    for (owner, scalar) in zip(owners, text.unicodeScalars) { pieces[owner].append(scalar) }
    return pieces.map { String($0) }
  }
}
