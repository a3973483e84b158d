import SwerveText

extension WeightFormat {
  /// One file with everything (github.com/ggml-org/ggml, docs/gguf.md), as llama.cpp's converter writes it.
  package static let gguf = WeightFormat(
    name: "gguf", uses: { $0.endsExactly(with: ".gguf") },
    recognizes: { $0.count == 1 && $0.allSatisfy { $0.endsExactly(with: ".gguf") } },
    read: { files, families in try GGUFModel(GGUF(files[0])).stored(families) })
}

/// The description of a model in a GGUF file. Keys of the model begin with its architecture's name.
struct GGUFModel {
  private let gguf: GGUF
  private let architecture: GGUFArchitecture

  init(_ gguf: GGUF) throws {
    self.gguf = gguf
    guard let name = try gguf.string("general.architecture") else {
      throw gguf.missing("general.architecture", "the name of an architecture")
    }
    guard let architecture = GGUFArchitecture.all.first(where: { $0.name === name }) else {
      let known = GGUFArchitecture.all.map(\.name).joined(separator: " ")
      throw WeightFormatError(
        .unsupported, gguf.file.name, "key \"general.architecture\"", found: shown(name), expected: "one of \(known)")
    }
    self.architecture = architecture
  }

  func stored(_ families: [ModelFamily]) throws -> StoredModel {
    let facts = try facts()
    let configuration = try facts.configuration(
      families: families, file: gguf.file.name, tensors: gguf.tensors.count)
    let tokenizer = try GGUFTokenizerFacts(gguf, vocabulary: configuration.vocabulary)
    let matching = ParameterMatching(
      configuration: configuration, file: gguf.file.name, tensors: gguf.tensors,
      parameterName: architecture.parameterName, fileName: architecture.fileName,
      arrangement: { architecture.arrangement($0, configuration) },
      isKnown: { $0 === Self.rotaryDivisors || architecture.isAlwaysTied && $0 === "lm_head.weight" })
    let sources = try matching.sources()
    // Chat models may end an answer with another token than a text.
    let endOfTurn = try gguf.token("tokenizer.ggml.eot_token_id", of: configuration.vocabulary)
    return StoredModel(
      format: WeightFormat.gguf.name, configuration: configuration, tokenizer: tokenizer.map { .gguf($0) },
      chatTemplate: try gguf.string("tokenizer.chat_template"),
      specialTokens: StoredModel.SpecialTokens(
        bos: tokenizer?.bos, eos: [tokenizer?.eos, endOfTurn].compactMap(\.self).distinct, pad: tokenizer?.pad,
        unk: tokenizer?.unk),
      specialTokenTexts: tokenizer?.specialTokenTexts ?? [], tensors: gguf.tensors, files: [gguf.file],
      parameters: sources,
      tiedCopy: configuration.isTied
        ? tensor("output.weight").map { ($0, architecture.parameterName("token_embd.weight")) } : nil)
  }

  private static let rotaryDivisors = "rope_freqs.weight"

  private func key(_ rest: String) -> String { architecture.name + "." + rest }

  private func tensor(_ name: String) -> StoredTensor? { gguf.tensors.first { $0.name === name } }

  private func facts() throws -> ModelFacts {
    try checkUnsupported()
    guard let embedding = tensor("token_embd.weight"), embedding.shape.count == 2 else {
      throw WeightFormatError(
        .missing, gguf.file.name, "tensor \"token_embd.weight\"",
        found: tensor("token_embd.weight").map { "the shape \($0.shape)" } ?? "nothing", expected: "the embedding")
    }
    let vocabulary = embedding.shape[0]
    if let announced = try gguf.count(key("vocab_size")), announced != vocabulary {
      throw WeightFormatError(
        .contradictory, gguf.file.name, "key \(shown(key("vocab_size")))", found: "\(announced)",
        expected: "the \(vocabulary) rows of token_embd.weight")
    }
    let (width, heads) = (
      try gguf.required(count: key("embedding_length")), try gguf.required(count: key("attention.head_count"))
    )
    guard heads > 0 else { throw gguf.mismatch(key("attention.head_count"), expected: "at least 1") }
    let keyValueHeads = try gguf.count(key("attention.head_count_kv")) ?? heads
    guard keyValueHeads > 0 else { throw gguf.mismatch(key("attention.head_count_kv"), expected: "at least 1") }
    var facts = ModelFacts(
      family: architecture.name, layers: try gguf.required(count: key("block_count")), heads: heads,
      keyValueHeads: keyValueHeads, width: width, givenHeadWidth: try givenHeadWidth(),
      innerWidth: try gguf.required(count: key("feed_forward_length")),
      context: try gguf.required(count: key("context_length")), vocabulary: vocabulary, epsilon: try epsilon(),
      positions: architecture.positions, isTied: architecture.isAlwaysTied || tensor("output.weight") == nil)
    if architecture.positions == .rotary { facts.rotary = try rotary(headWidth: facts.headWidth) }
    return facts
  }

  private func givenHeadWidth() throws -> Int? {
    let width = try gguf.count(key("attention.key_length"))
    if let width, width == 0 { throw gguf.mismatch(key("attention.key_length"), expected: "at least 1") }
    guard let values = try gguf.count(key("attention.value_length")) else { return width }
    guard values == width else {
      throw gguf.mismatch(
        key("attention.value_length"), expected: width.map { "\($0), as for keys" } ?? "attention.key_length beside it")
    }
    return width
  }

  private func epsilon() throws -> Float {
    let key = key(architecture.epsilonKey)
    guard let epsilon = try gguf.number(key) else { throw gguf.missing(key, "a number") }
    return Float(epsilon)
  }

  private func rotary(headWidth: Int) throws -> RotaryOptions {
    var options = RotaryOptions()
    if let base = try gguf.number(key("rope.freq_base")) { options.base = base }
    if let turned = try gguf.count(key("rope.dimension_count")), turned != headWidth {
      throw gguf.mismatch(key("rope.dimension_count"), expected: "\(headWidth), all channels of a head")
    }
    guard let divisors = tensor(Self.rotaryDivisors) else { return options }
    guard divisors.shape == [headWidth / 2], divisors.type == .f32 else {
      throw WeightFormatError(
        .malformed, gguf.file.name, "tensor \(shown(divisors.name))",
        found: "the shape \(divisors.shape) in \(divisors.typeName)", expected: "[\(headWidth / 2)] in F32")
    }
    var values = [Float](repeating: 0, count: headWidth / 2)
    values.withUnsafeMutableBufferPointer { divisors.read(rows: 0..<1, into: $0.baseAddress!) }
    if let wrong = values.first(where: { !($0 > 0 && $0.isFinite) }) {
      throw WeightFormatError(
        .malformed, gguf.file.name, "tensor \(shown(divisors.name))", found: "\(wrong)",
        expected: "numbers above 0 that divide the frequencies")
    }
    options.scaling = .divisors(values)
    return options
  }

  /// Keys that change what a model computes, with the only values that mean no change.
  private func checkUnsupported() throws {
    for name in ["rope.scaling.type", "pooling_type"] {
      guard let value = gguf.value(key(name)) else { continue }
      if case .string(let range) = value, gguf.text(range) === "none" { continue }
      if case .unsigned(0) = value { continue }
      throw unsupported(name, expected: "\"none\"")
    }
    for name in ["expert_count", "attention.sliding_window", "leading_dense_block_count"] {
      if let value = try gguf.count(key(name)), value != 0 { throw unsupported(name, expected: "0") }
    }
    for name in ["rope.scale_linear", "rope.scaling.factor", "rope.scaling.attn_factor", "residual_scale"] {
      if let value = try gguf.number(key(name)), value != 1 { throw unsupported(name, expected: "1") }
    }
    for name in [
      "attention.clamp_kqv", "attention.max_alibi_bias", "attn_logit_softcapping", "final_logit_softcapping",
      "logit_scale", "embedding_scale", "attention.scale",
    ] where gguf.value(key(name)) != nil {
      throw unsupported(name, expected: "no such key")
    }
    if try gguf.bool(key("attention.causal")) == false { throw unsupported("attention.causal", expected: "true") }
    if try gguf.bool(key("use_parallel_residual")) == true {
      throw unsupported("use_parallel_residual", expected: "false")
    }
  }

  private func unsupported(_ name: String, expected: String) -> WeightFormatError {
    let value = gguf.value(key(name))
    var found = value?.kind ?? "nothing"
    if case .string(let range) = value { found = shown(gguf.text(range) ?? "a text that is no UTF-8") }
    return WeightFormatError(
      .unsupported, gguf.file.name, "key \(shown(key(name)))", found: found, expected: expected)
  }
}
