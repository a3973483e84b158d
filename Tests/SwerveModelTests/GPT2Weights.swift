import SwerveModel
import SwerveTensor

/// Reads GPT-2 weights in the two layouts that are in use, to compare the model with PyTorch's.
///
/// Hugging Face's `Conv1D` stores a linear layer as (in, out), which is this project's layout too; nanoGPT's `Linear` stores
/// (out, in). Names are the same in both, with or without `transformer.` in front. The shape of `h.0.attn.c_attn.weight` tells.
enum GPT2Weights {
  private static let linear = ["attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight"]

  /// - Parameter heads: n_head of the model's configuration; the weights do not tell.
  /// - Throws: ModelError or SafetensorsError where a tensor is missing or has another shape.
  static func load(_ bytes: [UInt8], heads: Int, mode: MathMode = .exact) throws -> Transformer {
    let file = try Safetensors(bytes)
    let prefix = file.entries.contains { $0.name.hasPrefix("transformer.") } ? "transformer." : ""
    let tokens = try shape(file, prefix + "wte.weight", axes: 2)
    let positions = try shape(file, prefix + "wpe.weight", axes: 2)
    let attention = try shape(file, prefix + "h.0.attn.c_attn.weight", axes: 2)
    let width = tokens[1]
    let transposed = attention == [3 * width, width]
    if !transposed && attention != [width, 3 * width] {
      throw ModelError(
        "h.0.attn.c_attn.weight has shape \(attention), expected \([width, 3 * width]) (Hugging Face) or "
          + "\([3 * width, width]) (nanoGPT)")
    }
    var layers = 0
    while file.entries.contains(where: { $0.name == "\(prefix)h.\(layers).ln_1.weight" }) { layers += 1 }
    let configuration = try ModelConfiguration(
      layers: layers, heads: heads, width: width, context: positions[0], vocabulary: tokens[0])
    let model = Transformer(configuration, mode: mode)
    var loaded: [[Float]] = []
    for entry in model.layout.entries {
      let flip = transposed && linear.contains { entry.name.hasSuffix($0) }
      let stored = try bytes.withUnsafeBytes {
        try file.floats(prefix + entry.name, in: $0, shape: flip ? entry.shape.reversed() : entry.shape)
      }
      loaded.append(flip ? transpose(stored, rows: entry.shape[1], columns: entry.shape[0]) : stored)
    }
    model.update { weights in
      for (entry, values) in zip(model.layout.entries, loaded) {
        values.withUnsafeBufferPointer { (weights + entry.offset).update(from: $0.baseAddress!, count: entry.count) }
      }
    }
    return model
  }

  private static func shape(_ file: Safetensors, _ name: String, axes: Int) throws -> [Int] {
    let shape = try file.entry(name).shape
    if shape.count != axes { throw ModelError("\(name) has shape \(shape), expected \(axes) axes") }
    return shape
  }

  private static func transpose(_ x: [Float], rows: Int, columns: Int) -> [Float] {
    var result = [Float](repeating: 0, count: x.count)
    for r in 0..<rows { for c in 0..<columns { result[c * rows + r] = x[r * columns + c] } }
    return result
  }
}
