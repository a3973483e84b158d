import SwerveText

extension GGUFTokenizerFacts {
  /// Nil where the file has no tokenizer.
  /// - Parameter vocabulary: rows of the embedding. A converter makes as many tokens, so a difference is damage.
  init?(_ gguf: GGUF, vocabulary: Int) throws {
    guard let model = try gguf.string("tokenizer.ggml.model") else { return nil }
    guard let tokens = try gguf.strings("tokenizer.ggml.tokens") else {
      throw gguf.missing("tokenizer.ggml.tokens", "a list of texts")
    }
    guard tokens.count == vocabulary else {
      throw WeightFormatError(
        .contradictory, gguf.file.name, "key \"tokenizer.ggml.tokens\"", found: "\(tokens.count) tokens",
        expected: "the \(vocabulary) rows of token_embd.weight")
    }
    let types = try gguf.integers("tokenizer.ggml.token_type") ?? [Int](repeating: 1, count: tokens.count)
    guard types.count == tokens.count else {
      throw gguf.mismatch("tokenizer.ggml.token_type", expected: "as many as the \(tokens.count) tokens")
    }
    self.init(
      model: model, pre: try gguf.string("tokenizer.ggml.pre"), tokens: tokens, tokenTypes: types,
      merges: try gguf.strings("tokenizer.ggml.merges") ?? [])
    func token(_ name: String) throws -> Int? { try gguf.token("tokenizer.ggml.\(name)", of: tokens.count) }
    (bos, eos) = (try token("bos_token_id"), try token("eos_token_id"))
    (unk, pad) = (try token("unknown_token_id"), try token("padding_token_id"))
    addBos = try gguf.bool("tokenizer.ggml.add_bos_token")
    addEos = try gguf.bool("tokenizer.ggml.add_eos_token")
  }

  /// By Hugging Face's names.
  var specialTokenTexts: [(name: String, text: String)] {
    [("bos_token", bos), ("eos_token", eos), ("unk_token", unk), ("pad_token", pad)].compactMap { name, id in
      guard let id, let text = String(validating: tokens[id], as: UTF8.self) else { return nil }
      return (name, text)
    }
  }
}
