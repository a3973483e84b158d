import SwerveTensor

extension ModelFamily {
  /// BERT (Devlin et al. 2019), an encoder: each token attends to all tokens of its text, norms stand behind, tokens
  /// have types. Names and shapes are those of Hugging Face's `BertModel` (a linear layer's weight is (out, in)).
  ///
  ///   x = LayerNorm((word[token] + token_type[type]) + position[position])
  ///   for each layer: x = LayerNorm(x + dense(attention(query, key, value of x)))
  ///                   x = LayerNorm(x + output(gelu(intermediate(x))))
  ///   hidden = x;  pooled = tanh(pooler(hidden of the first token))
  ///
  /// Initialization: matrices are normal with a standard deviation of 0.02.
  package static let bert = ModelFamily(name: "bert", predictsTokens: false, check: checkBERT) { c in
    var plan = ModelPlan(adapters: c.adapters, frozen: c.frozen)
    let embedding = TokenEmbedding(
      "embeddings.word_embeddings", positions: "embeddings.position_embeddings",
      types: ("embeddings.token_type_embeddings", c.tokenTypes), vocabulary: c.vocabulary, context: c.context,
      width: c.width, isTied: false, &plan)
    let norm = bertNorm("embeddings.LayerNorm", c, &plan)
    let normed = NormedEmbedding(embedding, norm: norm, &plan)
    let blocks = (0..<c.layers).map { index in
      plan.block("encoder.layer.\(index).") { plan in bertBlock(c, &plan) }
    }
    let hidden = plan.save("hidden", columns: c.width)
    let pooler = Pooler("pooler.dense", width: c.width, &plan)
    return ModelLayers(
      plan, embedding: normed, blocks: blocks, last: hidden, norm: nil, hidden: hidden, unembedding: nil,
      pooler: pooler, valueHeadWidth: c.valueHeadWidth, classifier: c.classifier)
  }

  @Sendable
  private static func checkBERT(_ c: ModelConfiguration) throws(ModelError) {
    try c.require(c.positions == .learned, "learned positions")
    try c.require(c.keyValueHeads == c.heads, "as many heads of keys and values as heads")
    try c.require(c.heads * c.headWidth == c.width, "heads that are together as wide as the model")
    try c.require(c.tokenTypes > 0, "one token type at least")
  }

  private static func bertBlock(_ c: ModelConfiguration, _ plan: inout ModelPlan) -> any Block {
    func linear(_ name: String, _ plan: inout ModelPlan) -> Linear {
      Linear(name, from: c.width, to: c.width, isTransposed: true, &plan)
    }
    let heads = SelfAttention.Heads(count: c.heads, keyValues: c.heads, width: c.headWidth, isCausal: false)
    let attention = PostNormBlock.Residual(
      input: plan.save("input", columns: c.width),
      sublayer: SelfAttention(
        inputs: [
          linear("attention.self.query", &plan), linear("attention.self.key", &plan),
          linear("attention.self.value", &plan),
        ], projection: linear("attention.output.dense", &plan), heads: heads, rotary: nil, &plan),
      sum: plan.save("attended", columns: c.width), norm: bertNorm("attention.output.LayerNorm", c, &plan))
    let mlp = PostNormBlock.Residual(
      input: plan.save("mlp.input", columns: c.width),
      sublayer: MLP(
        up: "intermediate.dense", down: "output.dense", width: c.width, inner: c.innerWidth, activation: .erfGELU,
        residual: .weight, isTransposed: true, &plan),
      sum: plan.save("transformed", columns: c.width), norm: bertNorm("output.LayerNorm", c, &plan))
    return PostNormBlock(width: c.width, attention: attention, mlp: mlp, &plan)
  }

  private static func bertNorm(_ name: String, _ c: ModelConfiguration, _ plan: inout ModelPlan) -> any Norm {
    LayerNorm(name, width: c.width, epsilon: c.layerNormEpsilon, &plan)
  }
}
