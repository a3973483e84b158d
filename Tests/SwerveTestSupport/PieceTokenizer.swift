import SwerveModel

/// A tokenizer with tokens of any bytes, which takes the longest that fits: a token may hold several characters or a part of one.
package struct PieceTokenizer: Tokenizer {
  private let tokens: [[UInt8]]
  package var endTokens: [Int32] = []
  /// What every text begins with.
  package var beginTokens: [Int32] = []

  package init(_ tokens: [[UInt8]]) { self.tokens = tokens }

  /// Tokens of whole characters, and every byte of theirs that no token is.
  package init(_ pieces: [String]) {
    let pieces = pieces.map { Array($0.utf8) }
    let bytes = Set(pieces.joined()).sorted().map { [$0] }.filter { !pieces.contains($0) }
    self.init(pieces + bytes)
  }

  package var identity: TokenizerIdentity {
    let numbers = tokens.map { $0.map { "\($0)" }.joined(separator: " ") }
    return TokenizerIdentity(kind: Self.kind.name, facts: [("pieces", numbers.joined(separator: ","))])
  }

  package static let kind = TokenizerKind(name: "pieces") { fact in
    PieceTokenizer(try fact("pieces").split(separator: ",").map { $0.split(separator: " ").compactMap { UInt8($0) } })
  }

  package var vocabularySize: Int { tokens.count }

  package func encode(_ text: String) throws -> [Int32] {
    var rest = Array(text.utf8)[...]
    var found: [Int32] = []
    while !rest.isEmpty {
      let fitting = tokens.indices.filter { !tokens[$0].isEmpty && rest.starts(with: tokens[$0]) }
      guard let token = fitting.max(by: { tokens[$0].count < tokens[$1].count }) else {
        throw UnknownByte(byte: rest[rest.startIndex])
      }
      found.append(Int32(token))
      rest.removeFirst(tokens[token].count)
    }
    return found
  }

  package func encodePrompt(_ text: String) throws -> [Int32] { beginTokens + (try encode(text)) }

  package func bytes(of token: Int32) -> ArraySlice<UInt8> { tokens[Int(token)][...] }

  struct UnknownByte: Error {
    let byte: UInt8
  }
}
