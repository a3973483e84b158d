import SwerveTensor

extension ModelFamily {
  /// Llama (Touvron et al. 2023) and what shares its layers: SmolLM2, Llama 3, Mistral without sliding windows. Names
  /// and shapes are those of Hugging Face's files (a linear layer's weight is (out, in)).
  ///
  ///   x = embed_tokens[token]
  ///   for each layer: x += o_proj(attention(rotated q_proj, rotated k_proj, v_proj of input_layernorm(x)))
  ///                   x += down_proj(silu(gate_proj(y)) up_proj(y)),  y = post_attention_layernorm(x)
  ///   hidden = norm(x);  logits = hidden lm_headᵀ, or hidden embed_tokensᵀ where weights are tied
  ///
  /// Initialization: as GPT-2's.
  package static let llama = rotaryDecoder("llama", RotaryDecoderOptions())

  /// A family of these layers.
  static func rotaryDecoder(_ name: String, _ options: RotaryDecoderOptions) -> ModelFamily {
    ModelFamily(name: name, check: checkRotaryDecoder) { c in rotaryDecoderLayers(c, options) }
  }

  @Sendable
  private static func checkRotaryDecoder(_ c: ModelConfiguration) throws(ModelError) {
    try c.require(c.positions == .rotary, "rotary positions")
    try c.require(c.tokenTypes == 0, "no token types")
  }

  private static func rotaryDecoderLayers(_ c: ModelConfiguration, _ options: RotaryDecoderOptions) -> ModelLayers {
    var plan = ModelPlan(adapters: c.adapters, frozen: c.frozen)
    let embedding = TokenEmbedding(
      "model.embed_tokens", positions: nil, vocabulary: c.vocabulary, context: c.context, width: c.width,
      isTied: c.isTied, &plan)
    let rotary = plan.rotaryTable(context: c.context, headWidth: c.headWidth, c.rotary)
    let blocks = (0..<c.layers).map { index in
      plan.block("model.layers.\(index).") { plan in rotaryDecoderBlock(c, options, rotary, &plan) }
    }
    let last = plan.save("last", columns: c.width)
    let norm = RMSNorm("model.norm", width: c.width, epsilon: c.layerNormEpsilon, &plan)
    let hidden = plan.save("hidden", columns: c.width)
    let unembedding =
      c.isTied
      ? Unembedding(tiedTo: embedding, &plan)
      : Unembedding("lm_head", vocabulary: c.vocabulary, width: c.width, &plan)
    return ModelLayers(
      plan, embedding: embedding, blocks: blocks, last: last, norm: norm, hidden: hidden, unembedding: unembedding,
      valueHeadWidth: c.valueHeadWidth, classifier: c.classifier)
  }

  private static func rotaryDecoderBlock(
    _ c: ModelConfiguration, _ options: RotaryDecoderOptions, _ rotary: RotaryIndex, _ plan: inout ModelPlan
  ) -> any Block {
    let heads = SelfAttention.Heads(count: c.heads, keyValues: c.keyValueHeads, width: c.headWidth)
    let residual = ParameterRole.residualProjection(additions: 2 * c.layers)
    let bias: ParameterRole? = options.hasQKVBiases ? .bias : nil
    func input(_ name: String, to width: Int, _ plan: inout ModelPlan) -> Linear {
      Linear("self_attn." + name, from: c.width, to: width, bias: bias, isTransposed: true, &plan)
    }
    func norms(_ plan: inout ModelPlan) -> HeadNorms {
      HeadNorms(
        query: "self_attn.q_norm", key: "self_attn.k_norm", heads: c.heads, keyValueHeads: c.keyValueHeads,
        headWidth: c.headWidth, epsilon: c.layerNormEpsilon, &plan)
    }
    let attention = PreNormBlock.Residual(
      input: plan.save("input", columns: c.width),
      norm: RMSNorm("input_layernorm", width: c.width, epsilon: c.layerNormEpsilon, &plan),
      sublayer: SelfAttention(
        inputs: [
          input("q_proj", to: heads.queryWidth, &plan), input("k_proj", to: heads.keyWidth, &plan),
          input("v_proj", to: heads.keyWidth, &plan),
        ],
        projection: Linear(
          "self_attn.o_proj", from: heads.queryWidth, to: c.width, weight: residual, bias: nil, isTransposed: true,
          &plan),
        heads: heads, norms: options.hasHeadNorms ? norms(&plan) : nil, rotary: rotary, &plan))
    let mlp = PreNormBlock.Residual(
      input: plan.save("mlp.input", columns: c.width),
      norm: RMSNorm("post_attention_layernorm", width: c.width, epsilon: c.layerNormEpsilon, &plan),
      sublayer: GatedMLP(
        gate: "mlp.gate_proj", up: "mlp.up_proj", down: "mlp.down_proj", width: c.width, inner: c.innerWidth,
        residual: residual, &plan))
    return PreNormBlock(width: c.width, attention: attention, mlp: mlp, &plan)
  }
}

/// In what decoders with Llama's layers differ.
struct RotaryDecoderOptions: Sendable {
  /// Biases of queries, keys and values.
  var hasQKVBiases = false
  /// Norms of each head of queries and keys.
  var hasHeadNorms = false
}
