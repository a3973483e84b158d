import SwerveTensor

extension ModelFamily {
  /// GPT-2 (Radford et al. 2019): pre-norm blocks, GELU in its tanh form, output weights tied to the token embedding.
  /// Rotary positions may replace its learned ones. Names and shapes are those of Hugging Face's files (a linear
  /// layer's weight is (in, out)).
  ///
  ///   x = wte[token] + wpe[position]
  ///   for each layer: x += c_proj(attention(c_attn(ln_1(x))));  x += c_proj(gelu(c_fc(ln_2(x))))
  ///   hidden = ln_f(x);  logits = hidden wteᵀ
  ///
  /// Initialization: matrices are normal with a standard deviation of 0.02, divided by sqrt(2 layers) for the
  /// projections into the residual stream.
  package static let gpt2 = ModelFamily(name: "gpt2", check: checkGPT2) { c in
    var plan = ModelPlan(adapters: c.adapters, frozen: c.frozen)
    let embedding = TokenEmbedding(
      "wte", positions: c.positions == .learned ? "wpe" : nil, vocabulary: c.vocabulary, context: c.context,
      width: c.width, &plan)
    let rotary =
      c.positions == .rotary ? plan.rotaryTable(context: c.context, headWidth: c.headWidth, c.rotary) : nil
    let blocks = (0..<c.layers).map { index in
      plan.block("h.\(index).") { plan in gpt2Block(c, rotary, &plan) }
    }
    let last = plan.save("last", columns: c.width)
    let norm = gpt2Norm("ln_f", c, &plan)
    let hidden = plan.save("hidden", columns: c.width)
    let unembedding = Unembedding(tiedTo: embedding, &plan)
    return ModelLayers(
      plan, embedding: embedding, blocks: blocks, last: last, norm: norm, hidden: hidden, unembedding: unembedding,
      valueHeadWidth: c.valueHeadWidth, classifier: c.classifier)
  }

  @Sendable
  private static func checkGPT2(_ c: ModelConfiguration) throws(ModelError) {
    try c.require(c.keyValueHeads == c.heads, "as many heads of keys and values as heads")
    try c.require(c.heads * c.headWidth == c.width, "heads that are together as wide as the model")
    try c.require(c.isTied, "output weights tied to the token embedding")
    try c.require(c.tokenTypes == 0, "no token types")
  }

  private static func gpt2Block(
    _ c: ModelConfiguration, _ rotary: RotaryIndex?, _ plan: inout ModelPlan
  ) -> any Block {
    let residual = ParameterRole.residualProjection(additions: 2 * c.layers)
    let attention = PreNormBlock.Residual(
      input: plan.save("input", columns: c.width), norm: gpt2Norm("ln_1", c, &plan),
      sublayer: SelfAttention(
        inputs: [Linear("attn.c_attn", from: c.width, to: 3 * c.width, &plan)],
        projection: Linear("attn.c_proj", from: c.width, to: c.width, weight: residual, &plan),
        heads: SelfAttention.Heads(count: c.heads, keyValues: c.heads, width: c.headWidth), rotary: rotary, &plan))
    let mlp = PreNormBlock.Residual(
      input: plan.save("mlp.input", columns: c.width), norm: gpt2Norm("ln_2", c, &plan),
      sublayer: MLP(
        up: "mlp.c_fc", down: "mlp.c_proj", width: c.width, inner: c.innerWidth, residual: residual, &plan))
    return PreNormBlock(width: c.width, attention: attention, mlp: mlp, &plan)
  }

  private static func gpt2Norm(_ name: String, _ c: ModelConfiguration, _ plan: inout ModelPlan) -> any Norm {
    LayerNorm(name, width: c.width, epsilon: c.layerNormEpsilon, &plan)
  }
}
