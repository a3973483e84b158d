import Foundation
import SwerveModel

/// BERT's forward pass in Double, to be read beside the formulas. One text at a time, nothing kept.
package struct DoubleEncoder {
  package let configuration: ModelConfiguration
  /// Tensors by name, as in `ParameterLayout`.
  package var parameters: [String: [Double]]

  package init(_ model: Transformer) {
    configuration = model.configuration
    parameters = [:]
    for tensor in model.tensors { parameters[tensor.name] = tensor.values.map(Double.init) }
  }

  /// Hidden states of each token, and the text's vector.
  package func forward(_ tokens: [Int32], types: [Int32]) -> (hidden: [[Double]], pooled: [Double]) {
    func row(_ name: String, _ index: Int) -> [Double] {
      Array(tensor("embeddings.\(name).weight")[index * configuration.width..<(index + 1) * configuration.width])
    }
    var x = zip(tokens, types).enumerated().map { position, token in
      norm(
        sum(
          sum(row("word_embeddings", Int(token.0)), row("token_type_embeddings", Int(token.1))),
          row("position_embeddings", position)), "embeddings.LayerNorm")
    }
    for layer in 0..<configuration.layers {
      let h = "encoder.layer.\(layer)."
      let qkv = x.map { row in
        ["query", "key", "value"].flatMap { linear(row, h + "attention.self." + $0) }
      }
      let attention = doubleAttention(qkv, heads: configuration.heads, isCausal: false)
      x = zip(x, attention).map {
        norm(sum($0, linear($1, h + "attention.output.dense")), h + "attention.output.LayerNorm")
      }
      x = x.map { row in
        let inner = linear(row, h + "intermediate.dense").map(doubleErfGELU)
        return norm(sum(row, linear(inner, h + "output.dense")), h + "output.LayerNorm")
      }
    }
    return (x, linear(x[0], "pooler.dense").map { tanh($0) })
  }

  private func tensor(_ name: String) -> [Double] { parameters[name] ?? [] }

  private func linear(_ x: [Double], _ name: String) -> [Double] {
    doubleTransposedLinear(x, weight: tensor(name + ".weight"), bias: tensor(name + ".bias"))
  }

  private func norm(_ x: [Double], _ name: String) -> [Double] {
    doubleLayerNorm(
      x, weight: tensor(name + ".weight"), bias: tensor(name + ".bias"),
      epsilon: Double(configuration.layerNormEpsilon))
  }

  private func sum(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 + $1 } }
}
