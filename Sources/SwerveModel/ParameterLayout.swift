import SwerveText

/// One tensor of the model: its name in checkpoints, its shape, and where it lies in the block of all parameters.
package struct ParameterEntry: Equatable, Sendable {
  package let name: String
  package let shape: [Int]
  package let offset: Int
  package var count: Int { shape.reduce(1, *) }
  /// Decoupled weight decay applies to tensors of two or more axes, as in GPT-2's and nanoGPT's training.
  package var decays: Bool { shape.count >= 2 }
}

/// The one table of a model's parameters. Sizes, views, checkpoints, gradients and the optimizer all follow from it.
///
/// Names and shapes are those of Hugging Face's GPT-2 (a linear layer's weight is (in, out)); the value head's are `value.*`.
package struct ParameterLayout: Sendable {
  package let entries: [ParameterEntry]
  /// Floats of the whole block; every tensor starts at a multiple of 16.
  package let count: Int
  let configuration: GPTConfiguration

  package init(_ configuration: GPTConfiguration) {
    var entries: [ParameterEntry] = []
    var offset = 0
    func add(_ name: String, _ shape: [Int]) {
      entries.append(ParameterEntry(name: name, shape: shape, offset: offset))
      offset += (shape.reduce(1, *) + 15) / 16 * 16
    }
    let c = configuration.width
    add("wte.weight", [configuration.vocabulary, c])
    if configuration.positions == .learned { add("wpe.weight", [configuration.context, c]) }
    for layer in 0..<configuration.layers {
      let h = "h.\(layer)."
      add(h + "ln_1.weight", [c])
      add(h + "ln_1.bias", [c])
      add(h + "attn.c_attn.weight", [c, 3 * c])
      add(h + "attn.c_attn.bias", [3 * c])
      add(h + "attn.c_proj.weight", [c, c])
      add(h + "attn.c_proj.bias", [c])
      add(h + "ln_2.weight", [c])
      add(h + "ln_2.bias", [c])
      add(h + "mlp.c_fc.weight", [c, 4 * c])
      add(h + "mlp.c_fc.bias", [4 * c])
      add(h + "mlp.c_proj.weight", [4 * c, c])
      add(h + "mlp.c_proj.bias", [c])
    }
    add("ln_f.weight", [c])
    add("ln_f.bias", [c])
    let v = configuration.valueHeadWidth
    if v > 0 {
      for (i, (input, output)) in [(c, v), (v, v), (v, 1)].enumerated() {
        add("value.\(i).weight", [input, output])
        add("value.\(i).bias", [output])
      }
    }
    self.entries = entries
    count = offset
    self.configuration = configuration
  }

  package func entry(_ name: String) -> ParameterEntry? { entries.first { $0.name === name } }
}

/// Offsets of the tensors that the forward and backward passes touch, looked up once.
struct ParameterOffsets {
  struct Linear {
    let weight: Int
    let bias: Int
    let input: Int
    let output: Int
  }
  struct Norm {
    let weight: Int
    let bias: Int
  }
  struct Layer {
    let norm1: Norm
    let attention: Linear
    let projection: Linear
    let norm2: Norm
    let up: Linear
    let down: Linear
  }

  let tokens: Int
  /// -1 where positions are rotary.
  let positions: Int
  let layers: [Layer]
  let finalNorm: Norm
  let value: [Linear]

  init(_ layout: ParameterLayout) {
    func offset(_ name: String) -> Int { layout.entry(name)?.offset ?? -1 }
    func linear(_ name: String) -> Linear {
      let shape = layout.entry(name + ".weight")?.shape ?? [0, 0]
      return Linear(weight: offset(name + ".weight"), bias: offset(name + ".bias"), input: shape[0], output: shape[1])
    }
    func norm(_ name: String) -> Norm { Norm(weight: offset(name + ".weight"), bias: offset(name + ".bias")) }
    tokens = offset("wte.weight")
    positions = offset("wpe.weight")
    layers = (0..<layout.configuration.layers).map { layer in
      let h = "h.\(layer)."
      return Layer(
        norm1: norm(h + "ln_1"), attention: linear(h + "attn.c_attn"), projection: linear(h + "attn.c_proj"),
        norm2: norm(h + "ln_2"), up: linear(h + "mlp.c_fc"), down: linear(h + "mlp.c_proj"))
    }
    finalNorm = norm("ln_f")
    value = layout.configuration.valueHeadWidth > 0 ? (0..<3).map { linear("value.\($0)") } : []
  }
}
