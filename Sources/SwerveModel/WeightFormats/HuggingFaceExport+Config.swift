import SwerveText

extension HuggingFaceExport {
  /// config.json. Rotary angles and the type are spelled as all versions of transformers read them.
  func config(_ configuration: ModelConfiguration) throws -> JSONValue {
    func unsupported(_ subject: String, _ found: String, _ expected: String) -> WeightFormatError {
      WeightFormatError(.unsupported, "config.json", subject, found: found, expected: expected)
    }
    let common: [JSONMember]
    switch configuration.family.name {
    case "gpt2":
      guard configuration.positions == .learned else {
        throw unsupported("positions", configuration.positions.rawValue, "learned ones, as Hugging Face's GPT-2 has")
      }
      common = gpt2(configuration)
    case "llama": common = try decoder("llama", "LlamaForCausalLM", configuration) + [("mlp_bias", false)].members
    case "qwen2": common = try decoder("qwen2", "Qwen2ForCausalLM", configuration)
    case "qwen3": common = try decoder("qwen3", "Qwen3ForCausalLM", configuration)
    case "bert": common = bert(configuration)
    default: throw unsupported("family", shown(configuration.family.name), "gpt2 llama qwen2 qwen3 or bert")
    }
    let ends = specialTokens.eos.map { JSONValue.integer($0) }
    return .object(
      common
        + [
          ("vocab_size", .integer(configuration.vocabulary)), ("torch_dtype", "float32"),
          ("bos_token_id", specialTokens.bos.map { .integer($0) } ?? .null),
          ("eos_token_id", ends.count > 1 ? .array(ends) : ends.first ?? .null),
          ("pad_token_id", specialTokens.pad.map { .integer($0) } ?? .null),
        ].members)
  }

  private func gpt2(_ c: ModelConfiguration) -> [JSONMember] {
    [
      ("architectures", ["GPT2LMHeadModel"]), ("model_type", "gpt2"), ("activation_function", "gelu_new"),
      ("n_embd", .integer(c.width)), ("n_head", .integer(c.heads)), ("n_layer", .integer(c.layers)),
      ("n_positions", .integer(c.context)), ("n_inner", .integer(c.innerWidth)),
      ("layer_norm_epsilon", .float(c.layerNormEpsilon)), ("tie_word_embeddings", true),
    ].members
  }

  private func bert(_ c: ModelConfiguration) -> [JSONMember] {
    [
      ("architectures", ["BertModel"]), ("model_type", "bert"), ("hidden_act", "gelu"),
      ("position_embedding_type", "absolute"), ("hidden_size", .integer(c.width)),
      ("num_attention_heads", .integer(c.heads)), ("num_hidden_layers", .integer(c.layers)),
      ("intermediate_size", .integer(c.innerWidth)), ("max_position_embeddings", .integer(c.context)),
      ("type_vocab_size", .integer(c.tokenTypes)), ("layer_norm_eps", .float(c.layerNormEpsilon)),
    ].members
  }

  private func decoder(_ type: String, _ architecture: String, _ c: ModelConfiguration) throws -> [JSONMember] {
    var members: [(String, JSONValue)] = [
      ("architectures", [.string(architecture)]), ("model_type", .string(type)), ("hidden_act", "silu"),
      ("hidden_size", .integer(c.width)), ("num_attention_heads", .integer(c.heads)),
      ("num_key_value_heads", .integer(c.keyValueHeads)), ("head_dim", .integer(c.headWidth)),
      ("num_hidden_layers", .integer(c.layers)), ("intermediate_size", .integer(c.innerWidth)),
      ("max_position_embeddings", .integer(c.context)), ("rms_norm_eps", .float(c.layerNormEpsilon)),
      ("rope_theta", .double(c.rotary.base)), ("rope_scaling", try scaling(c.rotary.scaling)),
      ("tie_word_embeddings", .bool(c.isTied)),
    ]
    // Qwen 2 has biases that no key describes.
    members.append(type === "qwen2" ? ("use_sliding_window", false) : ("attention_bias", false))
    return members.members
  }

  private func scaling(_ scaling: RotaryOptions.Scaling) throws -> JSONValue {
    switch scaling {
    case .none: return .null
    case .llama3(let factor, let low, let high, let original):
      return [
        "rope_type": "llama3", "factor": .double(factor), "low_freq_factor": .double(low),
        "high_freq_factor": .double(high), "original_max_position_embeddings": .integer(original),
      ]
    case .divisors:
      throw WeightFormatError(
        .unsupported, "config.json", "rotary positions", found: "one divisor for each frequency, from a GGUF file",
        expected: "a scaling that config.json can express",
        hint: "start from the model's Hugging Face folder, which names the scaling")
    }
  }
}

extension [(String, JSONValue)] {
  fileprivate var members: [JSONMember] { map { JSONMember($0.0, $0.1) } }
}
