import SwerveText

extension WeightFormat {
  /// A folder as transformers saves it.
  package static let huggingFace = WeightFormat(
    name: "hugging-face",
    uses: { HuggingFaceFolder.names.containsExactly($0) || $0.endsExactly(with: ".safetensors") },
    recognizes: { $0.containsExactly("config.json") },
    read: { files, families in try HuggingFaceFolder(files).stored(families) })
}

/// A folder with config.json, weights in safetensors and a tokenizer. Of generation_config.json only the special tokens
/// are read, of tokenizer_config.json these and the chat template; chat_template.jinja comes before the latter.
struct HuggingFaceFolder {
  static let names = [
    "config.json", "generation_config.json", "model.safetensors.index.json", "tokenizer.json", "tokenizer_config.json",
    "chat_template.jinja",
  ]

  private let files: [ModelFile]

  init(_ files: [ModelFile]) throws {
    self.files = files
    if let repetition = files.map(\.name).firstRepetition {
      throw WeightFormatError(
        .contradictory, files[repetition.first].name, found: "two files of this name", expected: "one")
    }
  }

  private func file(_ name: String) -> ModelFile? { files.first { $0.name === name } }

  func stored(_ families: [ModelFamily]) throws -> StoredModel {
    guard let configFile = file("config.json") else {
      throw WeightFormatError(.missing, "config.json", found: "no such file", expected: "the model's description")
    }
    var config = try HuggingFaceConfig(configFile)
    let kind = try Self.kind(&config)
    let facts = try kind.facts(&config, kind)
    try config.demand("quantization_config")
    try config.demand("is_encoder_decoder", false)
    let special = try specialTokens(&config, vocabulary: facts.vocabulary)
    try config.finish()
    let weights = try HuggingFaceWeights(files)
    let configuration = try facts.configuration(
      families: families, file: configFile.name, tensors: weights.tensors.count)
    let matching = ParameterMatching(
      configuration: configuration, file: weights.name, tensors: weights.tensors, parameterName: kind.parameterName,
      isKnown: { kind.isKnown($0) || configuration.isTied && $0 === "lm_head.weight" })
    let sources = try matching.sources()
    let tied = weights.tensors.first { configuration.isTied && kind.parameterName($0.name) === "lm_head.weight" }
    let texts = try HuggingFaceTexts(
      tokenizerConfig: file("tokenizer_config.json"), template: file("chat_template.jinja"))
    return StoredModel(
      format: WeightFormat.huggingFace.name, configuration: configuration,
      tokenizer: file("tokenizer.json").map { .json($0) }, chatTemplate: texts.chatTemplate, specialTokens: special,
      specialTokenTexts: texts.specialTokens, tensors: weights.tensors,
      files: Self.names.compactMap(file) + weights.files, parameters: sources,
      tiedCopy: try tied.map { try checked($0, kind, configuration) })
  }

  private static func kind(_ config: inout HuggingFaceConfig) throws -> HuggingFaceKind {
    let known = HuggingFaceKind.all.map(\.modelType).joined(separator: " ")
    guard let type = try config.string("model_type") else {
      throw config.error(.missing, "model_type", nil, expected: "one of \(known)")
    }
    guard let kind = HuggingFaceKind.all.first(where: { $0.modelType === type }) else {
      throw config.error(.unsupported, "model_type", .string(type), expected: "one of \(known)")
    }
    return kind
  }

  /// The copy of the embedding can be compared with it only in the same shape.
  private func checked(
    _ copy: StoredTensor, _ kind: HuggingFaceKind, _ configuration: ModelConfiguration
  ) throws -> (tensor: StoredTensor, embedding: String) {
    let expected = [configuration.vocabulary, configuration.width]
    guard copy.shape == expected, copy.type != nil else {
      throw WeightFormatError(
        .contradictory, copy.fileName, "tensor \(shown(copy.name))",
        found: "the shape \(copy.shape) in \(copy.typeName)",
        expected: "\(expected) as the embedding, as the weights are tied")
    }
    return (copy, kind.embedding)
  }

  /// What generation_config.json says comes before config.json, as in transformers.
  private func specialTokens(
    _ config: inout HuggingFaceConfig, vocabulary: Int
  ) throws -> StoredModel.SpecialTokens {
    var special = StoredModel.SpecialTokens()
    special.bos = try config.tokens("bos_token_id", vocabulary).first
    special.eos = try config.tokens("eos_token_id", vocabulary)
    special.pad = try config.tokens("pad_token_id", vocabulary).first
    guard let generation = file("generation_config.json") else { return special }
    var settings = try HuggingFaceConfig(generation)
    let eos = try settings.tokens("eos_token_id", vocabulary)
    if !eos.isEmpty { special.eos = eos }
    if let bos = try settings.tokens("bos_token_id", vocabulary).first { special.bos = bos }
    if let pad = try settings.tokens("pad_token_id", vocabulary).first { special.pad = pad }
    return special
  }
}

extension HuggingFaceConfig {
  /// One id or a list of them; none where the key is absent.
  fileprivate mutating func tokens(_ key: String, _ vocabulary: Int) throws -> [Int] {
    guard let value = value(key) else { return [] }
    return try (value.elements ?? [value]).map { element in
      guard let id = element.integer, (0..<vocabulary).contains(id) else {
        throw error(.contradictory, key, value, expected: "ids of the \(vocabulary) tokens that vocab_size says")
      }
      return id
    }
  }
}
