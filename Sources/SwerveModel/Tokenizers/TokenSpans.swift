/// Which token each character of a text came from. A character is a Unicode scalar, or what stands for bytes that are none; it
/// belongs to the token that has its first byte.
package struct TokenSpans: Sendable {
  private let bytes: [UInt8]
  /// Where each token starts in the bytes.
  private let tokenStarts: [Int]
  /// Where each character starts in the bytes.
  private let characterStarts: [Int]
  /// Each character as it is shown.
  private let characters: [String]
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
    let characters = ShownBytes.characters(bytes)
    for (_, length) in characters {
      // The last one that starts here or before: tokens without bytes have no characters.
      while owner + 1 < tokens.count && tokenStarts[owner + 1] <= offset { owner += 1 }
      characterStarts.append(offset)
      owners.append(owner)
      offset += length
    }
    self.bytes = bytes
    self.tokenStarts = tokenStarts
    self.characterStarts = characterStarts
    self.characters = characters.map(\.text)
    self.owners = owners
  }

  /// The index of the token that a character belongs to; nil past the end of the text.
  package func token(ofCharacter index: Int) -> Int? { index < owners.count ? owners[index] : nil }

  /// What the character's token has before it; nil past the end of the text.
  package func tokenStart(beforeCharacter index: Int) -> ArraySlice<UInt8>? {
    token(ofCharacter: index).map { bytes[tokenStarts[$0]..<characterStarts[index]] }
  }

  /// The characters of each token as they are shown: bytes that are no characters are escaped.
  /// - Parameter text: that of the tokens, or a part of it from the start.
  package func pieces(of text: String) -> [String] {
    var pieces = [String](repeating: "", count: tokenStarts.count)
    for (owner, character) in zip(owners, characters).prefix(text.unicodeScalars.count) { pieces[owner] += character }
    return pieces
  }
}
