import SwerveText

@testable import SwerveModel

/// Families with the parameters that real models have, for tests of files. They compute nothing.
enum FamilyStandIns {
  /// The program's families, and stand-ins for those that it lacks.
  static var all: [ModelFamily] {
    ModelFamily.all + standIns.filter { standIn in !ModelFamily.all.contains { $0.name === standIn.name } }
  }

  private static let standIns = [decoder("llama"), decoder("qwen2"), decoder("qwen3"), bert]

  private static func decoder(_ name: String) -> ModelFamily {
    ModelFamily(name: name) { c in
      layers(c, embedding: "model.embed_tokens", positions: nil) { plan in
        for index in 0..<c.layers {
          let block = "model.layers.\(index)."
          _ = plan.parameter(block + "input_layernorm.weight", [c.width], .normWeight)
          _ = plan.parameter(block + "post_attention_layernorm.weight", [c.width], .normWeight)
          for (part, rows) in [("q", c.heads), ("k", c.keyValueHeads), ("v", c.keyValueHeads)] {
            let attention = block + "self_attn.\(part)_"
            _ = plan.parameter(attention + "proj.weight", [rows * c.headWidth, c.width], .weight)
            if name === "qwen2" { _ = plan.parameter(attention + "proj.bias", [rows * c.headWidth], .bias) }
            if name === "qwen3", part !== "v" {
              _ = plan.parameter(attention + "norm.weight", [c.headWidth], .normWeight)
            }
          }
          _ = plan.parameter(block + "self_attn.o_proj.weight", [c.width, c.heads * c.headWidth], .weight)
          _ = plan.parameter(block + "mlp.gate_proj.weight", [c.innerWidth, c.width], .weight)
          _ = plan.parameter(block + "mlp.up_proj.weight", [c.innerWidth, c.width], .weight)
          _ = plan.parameter(block + "mlp.down_proj.weight", [c.width, c.innerWidth], .weight)
        }
        _ = plan.parameter("model.norm.weight", [c.width], .normWeight)
        if !c.isTied { _ = plan.parameter("lm_head.weight", [c.vocabulary, c.width], .weight) }
      }
    }
  }

  private static let bert = ModelFamily(name: "bert") { c in
    layers(c, embedding: "embeddings.word_embeddings", positions: "embeddings.position_embeddings") { plan in
      func linear(_ name: String, _ rows: Int, _ columns: Int) {
        _ = plan.parameter(name + ".weight", [rows, columns], .weight)
        _ = plan.parameter(name + ".bias", [rows], .bias)
      }
      func norm(_ name: String) {
        _ = plan.parameter(name + ".weight", [c.width], .normWeight)
        _ = plan.parameter(name + ".bias", [c.width], .bias)
      }
      _ = plan.parameter("embeddings.token_type_embeddings.weight", [c.tokenTypes, c.width], .embedding)
      norm("embeddings.LayerNorm")
      for index in 0..<c.layers {
        let block = "encoder.layer.\(index)."
        for part in ["query", "key", "value"] { linear(block + "attention.self." + part, c.width, c.width) }
        linear(block + "attention.output.dense", c.width, c.width)
        norm(block + "attention.output.LayerNorm")
        linear(block + "intermediate.dense", c.innerWidth, c.width)
        linear(block + "output.dense", c.width, c.innerWidth)
        norm(block + "output.LayerNorm")
      }
      linear("pooler.dense", c.width, c.width)
    }
  }

  private static func layers(
    _ c: ModelConfiguration, embedding: String, positions: String?, _ parameters: (inout ModelPlan) -> Void
  ) -> ModelLayers {
    var plan = ModelPlan()
    let embedding = TokenEmbedding(
      embedding, positions: positions, vocabulary: c.vocabulary, context: c.context, width: c.width, &plan)
    parameters(&plan)
    let last = plan.save("last", columns: c.width)
    let hidden = plan.save("hidden", columns: c.width)
    let unembedding = Unembedding(tiedTo: embedding, &plan)
    return ModelLayers(
      plan, embedding: embedding, blocks: [], last: last, norm: NoNorm(), hidden: hidden, unembedding: unembedding,
      valueHeadWidth: c.valueHeadWidth)
  }
}

private struct NoNorm: Norm {
  func forward(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass) {}
  func decode(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ step: DecodeStep) {}
  func recompute(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass) {}
  func backward(
    dX: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass,
    into gradient: GradientBlock
  ) {}
}
