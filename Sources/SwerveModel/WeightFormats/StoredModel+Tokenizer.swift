import SwerveText

extension StoredModel {
  /// The model's tokenizer.
  /// - Throws: `WeightFormatError` where the files have none, or one whose ids the embedding lacks; `TokenizerError` for
  ///   one that can't be read.
  package func makeTokenizer() throws -> SubwordTokenizer {
    let made: SubwordTokenizer
    switch tokenizer {
    case .gguf(let facts): made = try SubwordTokenizer(facts)
    case .json(let file):
      var names = SpecialTokenNames()
      for (name, text) in specialTokenTexts {
        if let role = SpecialRole.allCases.first(where: { $0.key === name }) { names[role] = text }
      }
      made = try SubwordTokenizer(json: [UInt8](file.bytes), file: file.name, names: names)
    case nil:
      throw WeightFormatError(
        .missing, files.first?.name ?? format, "tokenizer", found: "none",
        expected: "tokenizer.json beside config.json, or the keys tokenizer.ggml.*",
        hint: "save the tokenizer beside the model: tokenizer.save_pretrained(folder)")
    }
    try checkVocabulary(of: made.vocabularySize)
    return made
  }
}
