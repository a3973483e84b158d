import SwerveText

extension StoredModel {
  /// The model's tokenizer, with its special tokens and its chat template.
  /// - Throws: `WeightFormatError` where the files have none, or one whose ids the embedding lacks; `TokenizerError` for
  ///   one that can't be read.
  package func makeTokenizer() throws -> SubwordTokenizer {
    let definition: TokenizerDefinition
    switch tokenizer {
    case .gguf(let facts): definition = try facts.definition()
    case .json(let file): definition = try TokenizerDefinition(json: [UInt8](file.bytes), file: file.name)
    case nil:
      throw WeightFormatError(
        .missing, files.first?.name ?? format, "tokenizer", found: "none",
        expected: "tokenizer.json beside config.json, or the keys tokenizer.ggml.*",
        hint: "save the tokenizer beside the model: tokenizer.save_pretrained(folder)")
    }
    try checkVocabulary(of: definition.count)
    return try SubwordTokenizer(definition, names: names(definition), chatTemplate: chatTemplate ?? "")
  }

  /// The special tokens, which the files name by their texts or by their numbers.
  private func names(_ definition: TokenizerDefinition) -> SpecialTokenNames {
    func text(_ id: Int?) -> String? {
      guard let id, id < definition.count else { return nil }
      return definition.text(Int32(id))
    }
    let ids: [(role: SpecialRole, id: Int?)] = [
      (.bos, specialTokens.bos), (.eos, specialTokens.eos.first), (.pad, specialTokens.pad), (.unk, specialTokens.unk),
    ]
    var names = SpecialTokenNames()
    for role in SpecialRole.allCases {
      names[role] =
        specialTokenTexts.first { $0.name === role.key }?.text ?? text(ids.first { $0.role == role }.flatMap(\.id))
    }
    names.ends = specialTokens.eos.compactMap(text).map { ExactString($0) }
    return names
  }
}
