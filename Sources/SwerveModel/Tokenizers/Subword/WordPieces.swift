import SwerveText

/// WordPiece of one word: the longest token that the word begins with, then again and again the longest that continues it.
struct WordPieces: Sendable {
  /// What tokens that continue a word begin with.
  static let prefix = "##"

  private let beginnings: ByteTrie
  private let continuations: ByteTrie
  private let unknown: Int32
  private let longestWord: Int

  /// - Parameters:
  ///   - vocabulary: the tokens in order of their numbers, none twice.
  ///   - unknown: the token of a word that is no sequence of tokens.
  ///   - longestWord: in scalars; a longer word is unknown.
  init(vocabulary: [String], unknown: Int32, longestWord: Int) {
    var (beginnings, continuations) = (FlatTexts(), FlatTexts())
    var (beginningTokens, continuationTokens): ([Int32], [Int32]) = ([], [])
    for (token, text) in vocabulary.enumerated() where !text.isEmpty {
      beginnings.append(text.utf8)
      beginningTokens.append(Int32(token))
      guard text.beginsExactly(with: Self.prefix), text.utf8.count > Self.prefix.utf8.count else { continue }
      continuations.append(text.utf8.dropFirst(Self.prefix.utf8.count))
      continuationTokens.append(Int32(token))
    }
    self.beginnings = ByteTrie(beginnings, values: beginningTokens)
    self.continuations = ByteTrie(continuations, values: continuationTokens)
    self.unknown = unknown
    self.longestWord = longestWord
  }

  /// O(length of the word times that of the longest token).
  func encode(_ word: Slice<UnsafeBufferPointer<UInt8>>, into tokens: inout [Int32]) {
    let scalars = word.lazy.filter { $0 & 0xc0 != 0x80 }.count
    guard scalars <= longestWord else { return tokens.append(unknown) }
    let start = tokens.count
    var rest = word
    while !rest.isEmpty {
      let trie = rest.startIndex == word.startIndex ? beginnings : continuations
      guard let (token, end) = trie.longest(rest) else {
        tokens.removeLast(tokens.count - start)
        return tokens.append(unknown)
      }
      tokens.append(token)
      rest = rest[end...]
    }
  }
}
