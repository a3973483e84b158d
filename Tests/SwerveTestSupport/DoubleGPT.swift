import SwerveModel

/// The transformer's forward pass in Double, to be read beside the formulas: the oracle of the model's values and,
/// through central differences, of its gradients. One text at a time, one token after the other, nothing kept.
package struct DoubleGPT {
  package let configuration: ModelConfiguration
  /// Tensors by name, as in `ParameterLayout`.
  package var parameters: [String: [Double]]
  /// The norm of a name.
  package var norm: @Sendable (_ x: [Double], _ name: String, _ twin: DoubleGPT) -> [Double] = { x, name, twin in
    doubleLayerNorm(
      x, weight: twin.tensor(name + ".weight"), bias: twin.tensor(name + ".bias"),
      epsilon: Double(twin.configuration.layerNormEpsilon))
  }

  package struct Output {
    /// Each of these holds one element per token: hidden (C) after the last norm, logits (V), and the value.
    package var hidden: [[Double]]
    package var logits: [[Double]]
    package var values: [Double]
  }

  /// The same weights as `model`.
  package init(_ model: Transformer) {
    configuration = model.configuration
    parameters = [:]
    for tensor in model.tensors { parameters[tensor.name] = tensor.values.map(Double.init) }
  }

  /// - Parameter first: the position of the text's first token.
  package func forward(_ tokens: [Int32], first: Int = 0) -> Output {
    var x = tokens.enumerated().map { t, token in embed(Int(token), position: first + t) }
    for layer in 0..<configuration.layers {
      let h = "h.\(layer)."
      let qkv = x.enumerated().map { t, row in
        rotated(linear(norm(row, h + "ln_1", self), h + "attn.c_attn"), position: first + t)
      }
      let attention = doubleAttention(qkv, heads: configuration.heads)
      x = zip(x, attention).map { sum($0, linear($1, h + "attn.c_proj")) }
      x = x.map { row in
        let wide = linear(norm(row, h + "ln_2", self), h + "mlp.c_fc")
        return sum(row, linear(wide.map(doubleGELU), h + "mlp.c_proj"))
      }
    }
    let hidden = x.map { norm($0, "ln_f", self) }
    return Output(hidden: hidden, logits: hidden.map(unembed), values: hidden.map(value))
  }

  package func tensor(_ name: String) -> [Double] { parameters[name] ?? [] }

  private func row(_ name: String, _ index: Int) -> ArraySlice<Double> {
    tensor(name)[index * configuration.width..<(index + 1) * configuration.width]
  }

  private func embed(_ token: Int, position: Int) -> [Double] {
    let x = Array(row("wte.weight", token))
    return configuration.positions == .learned ? sum(x, Array(row("wpe.weight", position))) : x
  }

  private func linear(_ x: [Double], _ name: String) -> [Double] {
    doubleLinear(x, weight: tensor(name + ".weight"), bias: tensor(name + ".bias"))
  }

  private func rotated(_ qkv: [Double], position: Int) -> [Double] {
    if configuration.positions == .learned { return qkv }
    return rows(of: qkv, width: configuration.width).enumerated().flatMap { part, x in
      part < 2 ? doubleRotate(x, position: position, heads: configuration.heads) : x
    }
  }

  private func unembed(_ hidden: [Double]) -> [Double] {
    (0..<configuration.vocabulary).map { v in zip(hidden, row("wte.weight", v)).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// 0 without a value head.
  private func value(_ hidden: [Double]) -> Double {
    if configuration.valueHeadWidth == 0 { return 0 }
    let first = linear(hidden, "value.0").map { max($0, 0) }
    return linear(linear(first, "value.1").map { max($0, 0) }, "value.2")[0]
  }

  private func sum(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 + $1 } }
}
