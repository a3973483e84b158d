import SwerveText

/// Everything that makes a tokenizer of tokens of several characters, as a value: what a tokenizer.json or a GGUF file says.
package struct TokenizerDefinition: Equatable, Sendable {
  package enum Model: Equatable, Sendable {
    /// - Parameters:
    ///   - merges: the first comes first.
    ///   - ignoresMerges: a word that is a token is one, whatever the merges make of it.
    case bytePairs(merges: [Merge], ignoresMerges: Bool)
    /// - Parameters:
    ///   - longestWord: in scalars.
    ///   - cleansUp: decoding leaves out spaces before marks.
    case wordPieces(unknown: Int32, longestWord: Int, cleansUp: Bool)
  }

  package var normalizer: Normalizer
  package var preTokenizer: PreTokenizer
  package var model: Model
  /// The tokens of the model in order of their numbers, as the vocabulary spells them.
  package private(set) var vocabulary: [ExactString]
  /// In order of the file. Those that the vocabulary has not have the numbers after it.
  package private(set) var added: [AddedToken] = []
  package var template = TokenTemplate.plain

  /// More would not fit the numbers of tokens, and no model has so many.
  package static let mostTokens = 1 << 24

  /// - Throws: TokenizerError for a token that is there twice.
  init(
    normalizer: Normalizer, preTokenizer: PreTokenizer, model: Model, vocabulary: [String], added: [AddedToken],
    field: String
  ) throws(TokenizerError) {
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
    self.model = model
    self.vocabulary = vocabulary.map { ExactString($0) }
    guard vocabulary.count <= Self.mostTokens else {
      throw .tooManyTokens(count: vocabulary.count, most: Self.mostTokens)
    }
    numbers.reserveCapacity(vocabulary.count)
    for (token, text) in self.vocabulary.enumerated() where numbers.updateValue(Int32(token), forKey: text) != nil {
      throw .repeatedToken(field: field, token: text.wrappedValue)
    }
    count = vocabulary.count
    var ids: Set<Int32> = []
    for token in added {
      guard ids.insert(token.id).inserted else { throw .repeatedToken(field: field, token: token.content) }
      try add(token, field: field)
    }
  }

  /// The numbers of all tokens. Only looked up, never iterated.
  private var numbers: [ExactString: Int32] = [:]

  /// How many tokens there are, the added ones with them.
  package private(set) var count: Int

  /// The number of a token by its text. O(length).
  package func token(_ text: String) -> Int32? { numbers[ExactString(text)] }

  /// A token's text, as the files spell it. O(1).
  func text(_ token: Int32) -> String {
    Int(token) < vocabulary.count ? vocabulary[Int(token)].wrappedValue : further[Int(token) - vocabulary.count]
  }

  /// All of them by number.
  var texts: [String] { vocabulary.map(\.wrappedValue) + further }

  /// The texts of the added tokens that the vocabulary has not, by number.
  private var further: [String] = []

  /// Every token must have the number that Hugging Face's library gives it, whatever the file says: that of the vocabulary, else
  /// the next one.
  private mutating func add(_ token: AddedToken, field: String) throws(TokenizerError) {
    guard !token.content.isEmpty else { throw .missing(field: "\(field): the text of added token \(token.id)") }
    let expected = self.token(token.content) ?? Int32(count)
    guard token.id == expected else {
      throw .misplacedToken(field: field, token: token.content, id: "\(token.id)", expected: "\(expected)")
    }
    if expected == count {
      count += 1
      further.append(token.content)
    }
    numbers[ExactString(token.content)] = token.id
    added.append(token)
  }
}
