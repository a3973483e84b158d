/// From text to tokens and back.
///
/// A token stands for bytes of UTF-8: a character, several of them, or a part of one. So the text of some tokens is that of all
/// their bytes together, and a position in a text is no position in its tokens; `TokenSpans` finds one from the other.
///
/// A new tokenizer is a file with a type that conforms and its `TokenizerKind`, and a row of `TokenizerKind.all`.
package protocol Tokenizer: Sendable {
  /// What tells it from any other; checkpoints store it.
  var identity: TokenizerIdentity { get }
  var vocabularySize: Int { get }

  /// O(length).
  /// - Throws: TokenizerError for a text that it has no tokens for.
  func encode(_ text: String) throws -> [Int32]

  /// The tokens of a text that a model goes on from: those of the text after the tokens with which the model expects
  /// every text to begin, if it expects any. O(length).
  /// - Throws: as `encode`.
  func encodePrompt(_ text: String) throws -> [Int32]

  /// The tokens of a whole text, with what the model expects around it, such as [CLS] and [SEP]. O(length).
  /// - Parameter limit: the most tokens, at least 1: the text is cut at its end, what stands around it stays.
  /// - Returns: the tokens, and whether the text was cut.
  /// - Throws: as `encode`.
  func encodeWhole(_ text: String, limit: Int) throws -> (tokens: [Int32], isCut: Bool)

  /// What a token stands for. O(1) and without an allocation, as the sampler asks for each token.
  /// - Precondition: 0 <= token < vocabularySize.
  func bytes(of token: Int32) -> ArraySlice<UInt8>

  /// The tokens with which a model of this tokenizer ends a text, such as `<|im_end|>`: an episode ends there. None for a tokenizer
  /// whose models have no such token.
  var endTokens: [Int32] { get }

  /// Whether a model's embedding may have more rows than there are tokens, as some models pad it. Then `bytes(of:)` takes
  /// any row, and a row without a token stands for no text.
  var allowsSpareRows: Bool { get }
}

extension Tokenizer {
  package var endTokens: [Int32] { [] }
  package var allowsSpareRows: Bool { false }

  /// Whether a model whose embedding has this many rows can have this tokenizer.
  package func fits(rows: Int) -> Bool { vocabularySize == rows || allowsSpareRows && vocabularySize < rows }

  package func encodePrompt(_ text: String) throws -> [Int32] { try encode(text) }

  package func encodeWhole(_ text: String, limit: Int) throws -> (tokens: [Int32], isCut: Bool) {
    let tokens = try encodePrompt(text)
    return (Array(tokens.prefix(limit)), tokens.count > limit)
  }

  package func bytes(of tokens: some Sequence<Int32>) -> [UInt8] {
    var bytes: [UInt8] = []
    for token in tokens { bytes += self.bytes(of: token) }
    return bytes
  }

  /// The text of some tokens, with U+FFFD in place of a character that is cut off. O(length).
  /// - Precondition: every token is in 0..<vocabularySize.
  package func decode(_ tokens: some Sequence<Int32>) -> String { String(decoding: bytes(of: tokens), as: UTF8.self) }

  /// The text of one token as people and scripts see it: bytes that are no characters are escaped, as in `\xE2`.
  package func text(of token: Int32) -> String { ShownBytes.text(bytes(of: token)) }

  /// The tokens whose bytes begin with some bytes, in order. O(vocabulary).
  package func tokens(beginningWith start: some Sequence<UInt8>) -> [Int32] {
    let start = Array(start)
    return (0..<Int32(vocabularySize)).filter { bytes(of: $0).starts(with: start) }
  }
}
