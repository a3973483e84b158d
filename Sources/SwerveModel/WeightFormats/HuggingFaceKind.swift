import SwerveText

/// A model_type of Hugging Face's config.json: the family it is, how its keys become facts, and its names of tensors.
struct HuggingFaceKind: Sendable {
  let modelType: String
  let family: String
  let facts: @Sendable (_ config: inout HuggingFaceConfig, _ kind: HuggingFaceKind) throws -> ModelFacts
  /// What a file may put before all names.
  var prefix = ""
  var embedding = "model.embed_tokens.weight"
  /// Tensors that are no parameters: what follows a block's prefix and number, and whole names.
  var block = "model.layers."
  var ignoredInBlock: [String] = ["self_attn.rotary_emb.inv_freq"]
  var ignored: @Sendable (String) -> Bool = { _ in false }
  /// LayerNorm's weight and bias are called gamma and beta in old files.
  var hasOldNormNames = false

  static let all: [HuggingFaceKind] = [.gpt2, .llama, .mistral, .qwen2, .qwen3, .bert]

  /// The parameter's name for a tensor's name.
  func parameterName(_ fileName: String) -> String {
    var name = fileName
    if !prefix.isEmpty, let rest = name.rest(after: prefix) { name = rest }
    guard hasOldNormNames else { return name }
    if let stem = name.start(before: "LayerNorm.gamma") { return stem + "LayerNorm.weight" }
    if let stem = name.start(before: "LayerNorm.beta") { return stem + "LayerNorm.bias" }
    return name
  }

  /// Whether a tensor that no parameter needs may be left out.
  func isKnown(_ name: String) -> Bool {
    if ignored(name) { return true }
    guard let (_, rest) = numbered(name, after: block) else { return false }
    return ignoredInBlock.containsExactly(rest)
  }
}

extension HuggingFaceKind {
  static let gpt2 = HuggingFaceKind(
    modelType: "gpt2", family: "gpt2", facts: gpt2Facts, prefix: "transformer.", embedding: "wte.weight", block: "h.",
    ignoredInBlock: ["attn.bias", "attn.masked_bias"])

  static let llama = HuggingFaceKind(modelType: "llama", family: "llama") { config, kind in
    try config.demand("attention_bias", false)
    try config.demand("mlp_bias", false)
    let heads = try config.required(count: "num_attention_heads")
    return try decoderFacts(
      &config, kind, heads: heads, keyValueHeads: try config.count("num_key_value_heads") ?? heads)
  }

  static let mistral = HuggingFaceKind(modelType: "mistral", family: "llama") { config, kind in
    try config.demand("sliding_window")
    return try decoderFacts(&config, kind)
  }

  static let qwen2 = HuggingFaceKind(modelType: "qwen2", family: "qwen2") { config, kind in
    try checkWindow(&config)
    try config.demand("use_mrope", false)
    return try decoderFacts(&config, kind)
  }

  static let qwen3 = HuggingFaceKind(modelType: "qwen3", family: "qwen3") { config, kind in
    try checkWindow(&config)
    try config.demand("attention_bias", false)
    // Where the key is absent, transformers takes 128 and not the width divided by the heads.
    _ = try config.required(count: "head_dim")
    return try decoderFacts(&config, kind)
  }

  static let bert = HuggingFaceKind(
    modelType: "bert", family: "bert", facts: bertFacts, prefix: "bert.",
    embedding: "embeddings.word_embeddings.weight", block: "encoder.layer.", ignoredInBlock: [],
    ignored: {
      ["embeddings.position_ids", "classifier.weight", "classifier.bias"].containsExactly($0)
        || $0.beginsExactly(with: "cls.")
    }, hasOldNormNames: true)

  /// A window's length means nothing unless it is used.
  private static func checkWindow(_ config: inout HuggingFaceConfig) throws {
    try config.demand("use_sliding_window", false)
    _ = config.value("sliding_window")
  }

  private static func decoderFacts(
    _ config: inout HuggingFaceConfig, _ kind: HuggingFaceKind, heads: Int? = nil, keyValueHeads: Int? = nil
  ) throws -> ModelFacts {
    try config.demand("hidden_act", "silu")
    if let layers = config.value("layer_types") {
      guard let kinds = layers.elements, kinds.allSatisfy({ $0 == "full_attention" }) else {
        throw config.error(.unsupported, "layer_types", layers, expected: "only \"full_attention\"")
      }
    }
    let heads = try heads ?? config.required(count: "num_attention_heads")
    let width = try config.required(count: "hidden_size")
    let context = try config.required(count: "max_position_embeddings")
    return ModelFacts(
      family: kind.family, layers: try config.required(count: "num_hidden_layers"), heads: heads,
      keyValueHeads: try keyValueHeads ?? config.required(count: "num_key_value_heads"), width: width,
      givenHeadWidth: try config.count("head_dim"),
      innerWidth: try config.required(count: "intermediate_size"), context: context,
      vocabulary: try config.required(count: "vocab_size"), epsilon: Float(try config.required(number: "rms_norm_eps")),
      positions: .rotary, rotary: try config.rotary(), isTied: try config.bool("tie_word_embeddings") ?? false)
  }

  private static func gpt2Facts(_ config: inout HuggingFaceConfig, _ kind: HuggingFaceKind) throws -> ModelFacts {
    try config.demand("activation_function", "gelu_new", "gelu_pytorch_tanh")
    try config.demand("add_cross_attention", false)
    try config.demand("scale_attn_weights", true)
    try config.demand("scale_attn_by_inverse_layer_idx", false)
    try config.demand("reorder_and_upcast_attn", false)
    try config.demand("tie_word_embeddings", true)
    let (width, heads) = (try config.required(count: "n_embd"), try config.required(count: "n_head"))
    let (inner, overflow) = width.multipliedReportingOverflow(by: 4)
    guard !overflow else { throw config.error(.malformed, "n_embd", config.value("n_embd"), expected: "a size") }
    try config.demand("n_inner", .integer(inner))
    return ModelFacts(
      family: kind.family, layers: try config.required(count: "n_layer"), heads: heads, keyValueHeads: heads,
      width: width, innerWidth: inner,
      context: try config.required(count: "n_positions"), vocabulary: try config.required(count: "vocab_size"),
      epsilon: Float(try config.required(number: "layer_norm_epsilon")), positions: .learned, isTied: true)
  }

  private static func bertFacts(_ config: inout HuggingFaceConfig, _ kind: HuggingFaceKind) throws -> ModelFacts {
    try config.demand("hidden_act", "gelu")
    try config.demand("position_embedding_type", "absolute")
    try config.demand("is_decoder", false)
    try config.demand("add_cross_attention", false)
    // It ties the head of masked language modelling, which is not read.
    _ = try config.bool("tie_word_embeddings")
    let heads = try config.required(count: "num_attention_heads")
    let width = try config.required(count: "hidden_size")
    return ModelFacts(
      family: kind.family, layers: try config.required(count: "num_hidden_layers"), heads: heads,
      keyValueHeads: heads, width: width,
      innerWidth: try config.required(count: "intermediate_size"),
      context: try config.required(count: "max_position_embeddings"),
      vocabulary: try config.required(count: "vocab_size"),
      epsilon: Float(try config.required(number: "layer_norm_eps")), positions: .learned, isTied: true,
      tokenTypes: try config.required(count: "type_vocab_size"))
  }
}
