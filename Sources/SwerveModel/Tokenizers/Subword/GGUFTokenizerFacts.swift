import SwerveText

/// What a GGUF file says of its tokenizer, under the names of its metadata.
package struct GGUFTokenizerFacts: Sendable {
  /// tokenizer.ggml.model
  package var model: String
  /// tokenizer.ggml.pre; nil: the file does not say it.
  package var pre: String?
  /// tokenizer.ggml.tokens, by number.
  package var tokens: [[UInt8]]
  /// tokenizer.ggml.token_type, one for each token.
  package var tokenTypes: [Int]
  /// tokenizer.ggml.merges: two tokens with a space between them.
  package var merges: [[UInt8]]
  /// tokenizer.ggml.bos_token_id and so on.
  package var bos: Int?
  package var eos: Int?
  package var unk: Int?
  package var pad: Int?
  /// tokenizer.ggml.add_bos_token and add_eos_token; nil: the file does not say it.
  package var addBos: Bool?
  package var addEos: Bool?

  package init(model: String, pre: String?, tokens: [[UInt8]], tokenTypes: [Int], merges: [[UInt8]]) {
    self.model = model
    self.pre = pre
    self.tokens = tokens
    self.tokenTypes = tokenTypes
    self.merges = merges
  }

  static let prefix = "tokenizer.ggml."

  /// llama.cpp's numbers of kinds of tokens that are looked for in a text as a whole. All others are tokens like any other.
  private static let (control, userDefined) = (3, 4)

  /// The rule that a value of tokenizer.ggml.pre stands for. "default" is none of them: llama.cpp then cuts by a rule that no known
  /// model was trained with.
  private static let rules: [(pre: String, rule: PreTokenizer)] = [
    ("gpt-2", .gpt2), ("smollm", .smollm), ("llama-bpe", .llama3), ("llama3", .llama3), ("llama-v3", .llama3),
    ("qwen2", .qwen2),
  ]

  /// What the file means, as Hugging Face's file of the same tokenizer says it.
  package func definition() throws(TokenizerError) -> TokenizerDefinition {
    guard model === "gpt2" else {
      throw .unsupported(field: Self.prefix + "model", value: model.debugDescription, supported: #""gpt2""#)
    }
    guard let rule = Self.rules.first(where: { $0.pre === pre })?.rule else {
      throw .unsupported(
        field: Self.prefix + "pre", value: pre?.debugDescription ?? "missing",
        supported: Self.rules.map(\.pre.debugDescription).joined(separator: ", "))
    }
    guard tokenTypes.count == tokens.count else {
      throw .differentCounts(field: Self.prefix + "token_type", count: tokenTypes.count, tokens: tokens.count)
    }
    let texts = try Self.texts(tokens, "tokens")
    var added: [AddedToken] = []
    for (id, type) in tokenTypes.enumerated() where type == Self.control || type == Self.userDefined {
      var token = AddedToken(id: Int32(id), content: texts[id])
      token.isSpecial = type == Self.control
      added.append(token)
    }
    var definition = try TokenizerDefinition(
      normalizer: rule == .qwen2 ? .nfc : .none, preTokenizer: rule,
      model: .bytePairs(merges: [], ignoresMerges: rule == .llama3), vocabulary: texts, added: added,
      field: Self.prefix + "tokens")
    try definition.setMerges(pairs(), field: Self.prefix + "merges")
    // llama.cpp adds the beginning of a text for these models where the file does not say it.
    let isBegun = addBos ?? (rule == .llama3)
    definition.template = .around(
      before: isBegun ? try [required(bos, "bos_token_id")] : [],
      after: addEos ?? false ? try [required(eos, "eos_token_id")] : [])
    return definition
  }

  private func required(_ id: Int?, _ key: String) throws(TokenizerError) -> Int32 {
    guard let id else { throw .missing(field: Self.prefix + key) }
    guard tokens.indices.contains(id) else { throw .unknownToken(field: Self.prefix + key, token: "\(id)") }
    return Int32(id)
  }

  private func pairs() throws(TokenizerError) -> [(left: String, right: String)] {
    var pairs: [(left: String, right: String)] = []
    pairs.reserveCapacity(merges.count)
    for (index, text) in try Self.texts(merges, "merges").enumerated() {
      let parts = text.pieces(at: " ", omittingEmpty: false)
      guard parts.count == 2 else {
        throw .wrongKind(
          field: "\(Self.prefix)merges[\(index)]", expected: "two tokens with a space between them",
          found: "\(parts.count)")
      }
      pairs.append((parts[0], parts[1]))
    }
    return pairs
  }

  private static func texts(_ texts: [[UInt8]], _ key: String) throws(TokenizerError) -> [String] {
    var result: [String] = []
    result.reserveCapacity(texts.count)
    for (index, bytes) in texts.enumerated() {
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw .notUTF8(field: "\(prefix)\(key)[\(index)]")
      }
      result.append(text)
    }
    return result
  }
}
