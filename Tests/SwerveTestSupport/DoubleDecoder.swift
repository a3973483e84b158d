import Foundation
import SwerveModel

/// The forward pass of llama, qwen2 and qwen3 in Double, to be read beside the formulas: the oracle of the model's
/// values and, through central differences, of its gradients. What a model has (biases, norms of heads, output weights of its
/// own) shows in its parameters. One text at a time, nothing kept.
package struct DoubleDecoder {
  package let configuration: ModelConfiguration
  /// Tensors by name, as in `ParameterLayout`.
  package var parameters: [String: [Double]]
  private let frequencies: [Double]

  /// The same weights as `model`.
  package init(_ model: Transformer) {
    configuration = model.configuration
    frequencies = Self.frequencies(model.configuration)
    parameters = [:]
    for tensor in model.tensors { parameters[tensor.name] = tensor.values.map(Double.init) }
  }

  /// - Parameter first: the position of the text's first token.
  package func forward(_ tokens: [Int32], first: Int = 0) -> DoubleGPT.Output {
    let c = configuration
    let table = rows(of: tensor("model.embed_tokens.weight"), width: c.width)
    var x = tokens.map { table[Int($0)] }
    for layer in 0..<c.layers {
      let h = "model.layers.\(layer)."
      let qkv = x.enumerated().map { t, row in
        let y = norm(row, h + "input_layernorm")
        let q = linear(y, h + "self_attn.q_proj")
        let k = linear(y, h + "self_attn.k_proj")
        return heads(q, c.heads, h + "self_attn.q_norm", position: first + t)
          + heads(k, c.keyValueHeads, h + "self_attn.k_norm", position: first + t) + linear(y, h + "self_attn.v_proj")
      }
      let attention = doubleAttention(qkv, heads: c.heads, keyValueHeads: c.keyValueHeads)
      x = zip(x, attention).map { sum($0, linear($1, h + "self_attn.o_proj")) }
      x = x.map { row in
        let y = norm(row, h + "post_attention_layernorm")
        let gate = linear(y, h + "mlp.gate_proj").map(doubleSiLU)
        let inner = zip(gate, linear(y, h + "mlp.up_proj")).map { $0 * $1 }
        return sum(row, linear(inner, h + "mlp.down_proj"))
      }
    }
    let hidden = x.map { norm($0, "model.norm") }
    let output = parameters["lm_head.weight"] ?? tensor("model.embed_tokens.weight")
    let logits = hidden.map { doubleTransposedLinear($0, weight: output, bias: nil) }
    return DoubleGPT.Output(hidden: hidden, logits: logits, values: hidden.map(value))
  }

  private func tensor(_ name: String) -> [Double] { parameters[name] ?? [] }

  private func norm(_ x: [Double], _ name: String) -> [Double] {
    doubleRMSNorm(x, weight: tensor(name + ".weight"), epsilon: Double(configuration.layerNormEpsilon))
  }

  private func linear(_ x: [Double], _ name: String) -> [Double] {
    doubleTransposedLinear(x, weight: tensor(name + ".weight"), bias: parameters[name + ".bias"])
  }

  /// Queries or keys of a token, with a norm of each head where there is one, and turned by their position.
  private func heads(_ x: [Double], _ count: Int, _ norm: String, position: Int) -> [Double] {
    let normed =
      parameters[norm + ".weight"] == nil
      ? x : rows(of: x, width: configuration.headWidth).flatMap { self.norm($0, norm) }
    return doubleRotate(normed, position: position, heads: count, frequencies: frequencies)
  }

  /// The value head; 0 without one.
  private func value(_ hidden: [Double]) -> Double {
    if configuration.valueHeadWidth == 0 { return 0 }
    func linear(_ x: [Double], _ name: String) -> [Double] {
      doubleLinear(x, weight: tensor(name + ".weight"), bias: tensor(name + ".bias"))
    }
    let first = linear(hidden, "value.0").map { max($0, 0) }
    return linear(linear(first, "value.1").map { max($0, 0) }, "value.2")[0]
  }

  private func sum(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 + $1 } }

  private static func frequencies(_ c: ModelConfiguration) -> [Double] {
    let plain = (0..<c.headWidth / 2).map { pow(c.rotary.base, -2 * Double($0) / Double(c.headWidth)) }
    switch c.rotary.scaling {
    case .none: return plain
    case .divisors(let divisors): return zip(plain, divisors).map { $0 / Double($1) }
    case .llama3(let factor, let low, let high, let original):
      return plain.map { f in
        let turns = Double(original) * f / (2 * .pi)
        if turns > high { return f }
        if turns < low { return f / factor }
        let smooth = (turns - low) / (high - low)
        return (1 - smooth) * f / factor + smooth * f
      }
    }
  }
}
