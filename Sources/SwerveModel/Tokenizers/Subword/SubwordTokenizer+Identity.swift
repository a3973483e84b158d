import SwerveText

extension TokenizerKind {
  static let bytePairs = subword("bpe")
  static let wordPieces = subword("wordpiece")

  /// The facts are two files as Hugging Face has them, so that an export writes them as they are.
  private static func subword(_ name: String) -> TokenizerKind {
    TokenizerKind(name: name) { fact in
      let json = try fact(SubwordTokenizer.definitionKey)
      let names = try SpecialTokenNames(
        json: Array(fact(SubwordTokenizer.namesKey).utf8), file: SubwordTokenizer.namesKey)
      let tokenizer = try SubwordTokenizer(
        TokenizerDefinition(json: Array(json.utf8), file: SubwordTokenizer.definitionKey), names: names,
        chatTemplate: fact(SubwordTokenizer.templateKey))
      guard tokenizer.identity.kind === name else {
        throw TokenizerError.unsupported(
          field: TokenizerKind.metadataKey, value: name, supported: tokenizer.identity.kind)
      }
      return tokenizer
    }
  }
}

extension SubwordTokenizer {
  /// Keys of the identity's facts: a tokenizer.json, a special_tokens_map.json, and the chat template, empty where there
  /// is none.
  package static let definitionKey = "tokenizer_json"
  package static let namesKey = "special_tokens_map"
  package static let templateKey = "chat_template"

  static func identity(
    _ definition: TokenizerDefinition, _ names: SpecialTokenNames, chatTemplate: String
  ) -> TokenizerIdentity {
    let (kind, noun) =
      switch definition.model {
      case .bytePairs: (TokenizerKind.bytePairs.name, "byte-level BPE")
      case .wordPieces: (TokenizerKind.wordPieces.name, "WordPiece")
      }
    let json = definition.json
    let hash = fingerprint(json + names.json + chatTemplate)
    return TokenizerIdentity(
      kind: kind, facts: [(definitionKey, json), (namesKey, names.json), (templateKey, chatTemplate)],
      noun: "tokenizer", shown: "\(noun) with \(definition.count) tokens (\(hash))")
  }

  /// Eight digits by which people tell two apart (FNV-1a). What is compared are the texts.
  private static func fingerprint(_ text: String) -> String {
    var hash: UInt32 = 0x811c_9dc5
    for byte in text.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
