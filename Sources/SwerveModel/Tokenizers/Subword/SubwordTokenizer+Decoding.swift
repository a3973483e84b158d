import SwerveText

extension SubwordTokenizer {
  /// The text of some tokens. O(length).
  /// - Parameter skippingSpecial: leaves special tokens out.
  /// - Precondition: every token is in 0..<vocabularySize.
  package func decode(_ tokens: some Sequence<Int32>, skippingSpecial: Bool = false) -> String {
    var bytes: [UInt8] = []
    var isFirst = true
    for token in tokens where !skippingSpecial || !isSpecial(token) {
      bytes += isFirst ? self.bytes(ofFirst: token) : self.bytes(of: token)
      isFirst = false
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What a token stands for where it begins a text: WordPiece has no space before it then. O(1).
  private func bytes(ofFirst token: Int32) -> ArraySlice<UInt8> {
    guard let beginnings, Int(token) < vocabularySize else { return bytes(of: token) }
    return beginnings[Int(token)]
  }
}

/// What WordPiece tokens are in a text that is put together from them.
enum WordPieceText {
  /// A token that begins a text.
  static func first(_ token: String, cleansUp: Bool) -> String { cleansUp ? cleaned(token) : token }

  /// A token after another one: it continues its word, or begins one after a space.
  static func within(_ token: String, cleansUp: Bool) -> String {
    let text = token.rest(after: WordPieces.prefix) ?? " " + token
    return cleansUp ? cleaned(text) : text
  }

  /// Without spaces before marks, and with contractions of English.
  private static func cleaned(_ text: String) -> String {
    rules.reduce(text) { $0.replacingExactly($1.from, with: $1.to) }
  }

  private static let rules: [(from: String, to: String)] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
    (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ]
}
