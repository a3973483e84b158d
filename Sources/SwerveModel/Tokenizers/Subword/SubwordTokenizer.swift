import SwerveText

/// A tokenizer of a real model: byte-level byte-pair encoding, or WordPiece. It gives the tokens that Hugging Face's library gives.
package struct SubwordTokenizer: Tokenizer {
  package let identity: TokenizerIdentity
  package let vocabularySize: Int
  /// What the tokenizer was made from.
  package let definition: TokenizerDefinition
  let special: [SpecialRole: Int32]
  package let endTokens: [Int32]
  /// The model's chat template in Jinja; nil where its files have none.
  package let chatTemplate: String?
  private let isSpecialToken: [Bool]
  private let model: Model
  /// Added tokens that are looked for in the text itself, and those that are looked for in what the normalizer made of it.
  private let added: AddedTokens
  private let addedNormalized: AddedTokens
  /// What each token stands for.
  private let meanings: FlatTexts
  /// What it stands for where it begins a text; nil: the same.
  let beginnings: FlatTexts?

  private enum Model {
    case bytePairs(BytePairs)
    case wordPieces(WordPieces)
  }

  /// From a tokenizer.json.
  /// - Parameters:
  ///   - file: what messages call it.
  ///   - names: of the special tokens, which that file does not say.
  package init(json: [UInt8], file: String = "tokenizer.json", names: SpecialTokenNames = .init()) throws {
    try self.init(TokenizerDefinition(json: json, file: file), names: names)
  }

  /// - Throws: TokenizerError for a name that is no token.
  package init(
    _ definition: TokenizerDefinition, names: SpecialTokenNames, chatTemplate: String = ""
  ) throws(TokenizerError) {
    self.definition = definition
    self.chatTemplate = chatTemplate.isEmpty ? nil : chatTemplate
    vocabularySize = definition.count
    identity = Self.identity(definition, names, chatTemplate: chatTemplate)
    let special = try Self.special(definition, names)
    self.special = special
    var ends: [Int32] = []
    for name in names.ends {
      guard let token = definition.token(name.wrappedValue) else {
        throw .unknownToken(field: "end token", token: name.wrappedValue)
      }
      ends.append(token)
    }
    endTokens = ends.isEmpty ? [special[.eos]].compactMap(\.self) : ends
    var isSpecialToken = [Bool](repeating: false, count: definition.count)
    for token in definition.added where token.isSpecial { isSpecialToken[Int(token.id)] = true }
    self.isSpecialToken = isSpecialToken
    let exact = definition.added.filter { !$0.isNormalized }
    added = AddedTokens(exact, texts: exact.map { Array($0.content.utf8) })
    addedNormalized = Self.normalized(definition)
    let texts = Self.decodedTexts(definition)
    switch definition.model {
    case .bytePairs(let merges, let ignoresMerges):
      (meanings, beginnings) = (FlatTexts(texts.lazy.map(ByteAlphabet.meaning)), nil)
      model = .bytePairs(Self.bytePairs(definition, merges, ignoresMerges: ignoresMerges))
    case .wordPieces(let unknown, let longestWord, let cleansUp):
      meanings = FlatTexts(texts.lazy.map { WordPieceText.within($0, cleansUp: cleansUp).utf8 })
      beginnings = FlatTexts(texts.lazy.map { WordPieceText.first($0, cleansUp: cleansUp).utf8 })
      model = .wordPieces(
        WordPieces(vocabulary: definition.vocabulary.map(\.wrappedValue), unknown: unknown, longestWord: longestWord))
    }
  }

  package var allowsSpareRows: Bool { true }

  /// Nothing for a token that the tokenizer does not know.
  package func bytes(of token: Int32) -> ArraySlice<UInt8> { Int(token) < vocabularySize ? meanings[Int(token)] : [] }

  /// Whether a token stands for no text. O(1).
  package func isSpecial(_ token: Int32) -> Bool { Int(token) < vocabularySize && isSpecialToken[Int(token)] }

  /// The token of each byte, -1 where there is none; nil for a tokenizer whose tokens are no bytes.
  package var byteTokens: [Int32]? { if case .bytePairs(let pairs) = model { pairs.byteTokens } else { nil } }

  // MARK: encoding

  /// Special tokens in the text are parsed; nothing is added around it.
  package func encode(_ text: String) throws -> [Int32] { try encode(text, parsingSpecial: true) }

  /// - Parameter parsingSpecial: false: the text of a special token is text like any other. Added tokens that are not special are
  ///   found all the same.
  /// - Throws: TokenizerError.unknownByte for a byte that the vocabulary lacks.
  package func encode(_ text: String, parsingSpecial: Bool) throws -> [Int32] {
    var text = text
    return try text.withUTF8 { bytes in
      var tokens: [Int32] = []
      tokens.reserveCapacity(bytes.count / 3)
      var workspace = BytePairs.Workspace()
      try added.parts(of: bytes, 0..<bytes.count, parsingSpecial: parsingSpecial) { part in
        switch part {
        case .token(let token): tokens.append(token)
        case .text(let range):
          if let normalized = definition.normalizer.normalized(bytes[range]) {
            try normalized.withUnsafeBufferPointer {
              try encode($0, 0..<$0.count, parsingSpecial: parsingSpecial, into: &tokens, &workspace)
            }
          } else {
            try encode(bytes, range, parsingSpecial: parsingSpecial, into: &tokens, &workspace)
          }
        }
      }
      return tokens
    }
  }

  /// Of a text that is normalized.
  private func encode(
    _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, parsingSpecial: Bool, into tokens: inout [Int32],
    _ workspace: inout BytePairs.Workspace
  ) throws {
    try addedNormalized.parts(of: bytes, range, parsingSpecial: parsingSpecial) { part in
      switch part {
      case .token(let token): tokens.append(token)
      case .text(let range):
        var words = WordCutter(definition.preTokenizer, bytes, range)
        switch model {
        case .bytePairs(let pairs): while let word = words.next() { try pairs.encode(word, into: &tokens, &workspace) }
        case .wordPieces(let pieces): while let word = words.next() { pieces.encode(word, into: &tokens) }
        }
      }
    }
  }

  // MARK: making

  private static func special(
    _ definition: TokenizerDefinition, _ names: SpecialTokenNames
  ) throws(TokenizerError) -> [SpecialRole: Int32] {
    var special: [SpecialRole: Int32] = [:]
    for role in SpecialRole.allCases {
      guard let name = names[role] else { continue }
      guard let token = definition.token(name) else { throw .unknownToken(field: role.key, token: name) }
      special[role] = token
    }
    return special
  }

  /// A normalizer may make two tokens one, or nothing of one: then the first counts, as the library's order is none.
  private static func normalized(_ definition: TokenizerDefinition) -> AddedTokens {
    var seen: Set<[UInt8]> = [[]]
    var tokens: [AddedToken] = []
    var texts: [[UInt8]] = []
    for token in definition.added where token.isNormalized {
      let text = definition.normalizer.normalized(token.content)
      guard seen.insert(text).inserted else { continue }
      tokens.append(token)
      texts.append(text)
    }
    return AddedTokens(tokens, texts: texts)
  }

  /// As the vocabulary spells them; those that are looked for in normalized text are decoded as such.
  private static func decodedTexts(_ definition: TokenizerDefinition) -> [String] {
    var texts = definition.texts
    for token in definition.added where token.isNormalized {
      texts[Int(token.id)] = String(decoding: definition.normalizer.normalized(token.content), as: UTF8.self)
    }
    return texts
  }

  private static func bytePairs(
    _ definition: TokenizerDefinition, _ merges: [Merge], ignoresMerges: Bool
  ) -> BytePairs {
    let byteTokens = ByteAlphabet.scalars.map { scalar in
      definition.token(String(scalar)).flatMap { $0 < definition.vocabulary.count ? $0 : nil } ?? -1
    }
    var words = FlatTexts()
    var numbers: [Int32] = []
    if ignoresMerges {
      for (token, text) in definition.vocabulary.enumerated() {
        guard let bytes = ByteAlphabet.bytes(spelledBy: text.wrappedValue), !bytes.isEmpty else { continue }
        words.append(bytes)
        numbers.append(Int32(token))
      }
    }
    return BytePairs(
      byteTokens: byteTokens, merges: MergeTable(merges),
      wholeWords: ignoresMerges ? ByteTrie(words, values: numbers) : nil)
  }
}
