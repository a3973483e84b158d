import SwerveText

/// How files of one architecture name and arrange what a family of models has. Architectures have their family's name.
struct GGUFArchitecture: Sendable {
  let name: String
  let positions: PositionEncoding
  let epsilonKey: String
  /// Whether an `output.weight` is only a copy of the embedding.
  var isAlwaysTied = false
  /// The names outside the blocks, and in a block after its number: the file's and the model's, without `.weight` and
  /// `.bias`.
  let outside: [(file: String, model: String)]
  let block: (file: String, model: String)
  let inside: [(file: String, model: String)]
  /// How the rows of a parameter are arranged, by its name in the model after the block's number.
  let arrangement: @Sendable (_ name: String, ModelConfiguration) -> ParameterSource.Arrangement

  static let all: [GGUFArchitecture] = [.llama, .qwen2, .qwen3, .gpt2]

  func parameterName(_ fileName: String) -> String {
    renamed(fileName, blocks: (block.file, block.model), outside: outside) { name in
      inside.first { $0.file === name }?.model
    }
  }

  func fileName(_ parameterName: String) -> String {
    renamed(parameterName, blocks: (block.model, block.file), outside: outside.map { ($0.model, $0.file) }) { name in
      inside.first { $0.model === name }?.file
    }
  }

  func arrangement(_ entry: ParameterEntry, _ configuration: ModelConfiguration) -> ParameterSource.Arrangement {
    guard let (_, rest) = numbered(entry.name, after: block.model) else { return .asStored }
    return arrangement(rest, configuration)
  }

  /// A name that is in none of the tables stays as it is.
  private func renamed(
    _ name: String, blocks: (from: String, to: String), outside: [(String, String)], inside: (String) -> String?
  ) -> String {
    for suffix in [".weight", ".bias"] {
      guard let stem = name.start(before: suffix) else { continue }
      if let (_, other) = outside.first(where: { $0.0 === stem }) { return other + suffix }
      if let (number, rest) = numbered(stem, after: blocks.from), let other = inside(rest) {
        return blocks.to + number + "." + other + suffix
      }
    }
    return name
  }
}

/// The number that follows a prefix, and what follows the point after it: "blk.12.attn_q" after "blk." gives 12 and
/// "attn_q".
func numbered(_ name: String, after prefix: String) -> (number: String, rest: String)? {
  guard let tail = name.rest(after: prefix) else { return nil }
  let pieces = tail.pieces(at: ".", most: 2, omittingEmpty: false)
  guard pieces.count == 2, !pieces[0].isEmpty, pieces[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
    return nil
  }
  return (pieces[0], pieces[1])
}

extension GGUFArchitecture {
  /// Queries and keys are arranged for rotation of neighbours.
  static let llama = GGUFArchitecture(
    name: "llama", positions: .rotary, epsilonKey: "attention.layer_norm_rms_epsilon", outside: decoderOutside,
    block: ("blk.", "model.layers."), inside: decoderInside
  ) { name, configuration in
    name === "self_attn.q_proj.weight" || name === "self_attn.k_proj.weight"
      ? .interleavedHeads(width: configuration.headWidth) : .asStored
  }

  static let qwen2 = decoder("qwen2")
  static let qwen3 = decoder("qwen3")

  private static func decoder(_ name: String) -> GGUFArchitecture {
    GGUFArchitecture(
      name: name, positions: .rotary, epsilonKey: "attention.layer_norm_rms_epsilon", outside: decoderOutside,
      block: ("blk.", "model.layers."), inside: decoderInside
    ) { _, _ in .asStored }
  }

  /// Hugging Face's files have these matrices as (in, out), GGUF as (out, in).
  static let gpt2 = GGUFArchitecture(
    name: "gpt2", positions: .learned, epsilonKey: "attention.layer_norm_epsilon", isAlwaysTied: true,
    outside: [("token_embd", "wte"), ("position_embd", "wpe"), ("output_norm", "ln_f"), ("output", "lm_head")],
    block: ("blk.", "h."),
    inside: [
      ("attn_norm", "ln_1"), ("attn_qkv", "attn.c_attn"), ("attn_output", "attn.c_proj"), ("ffn_norm", "ln_2"),
      ("ffn_up", "mlp.c_fc"), ("ffn_down", "mlp.c_proj"),
    ]
  ) { name, _ in
    let matrices = ["attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight"]
    return matrices.containsExactly(name) ? .transposed : .asStored
  }

  private static let decoderOutside = [
    ("token_embd", "model.embed_tokens"), ("output_norm", "model.norm"), ("output", "lm_head"),
  ]

  private static let decoderInside = [
    ("attn_norm", "input_layernorm"), ("attn_q", "self_attn.q_proj"), ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"), ("attn_output", "self_attn.o_proj"), ("attn_q_norm", "self_attn.q_norm"),
    ("attn_k_norm", "self_attn.k_norm"), ("ffn_norm", "post_attention_layernorm"), ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"), ("ffn_down", "mlp.down_proj"),
  ]
}
