import SwerveTensor

/// A model's shape and alphabet as the text metadata of a checkpoint.
package enum CheckpointMetadata {
  /// In this order: the model's numbers, its kind of positions, and the alphabet.
  package static func make(_ c: GPTConfiguration, alphabet: String) -> [(key: String, value: String)] {
    [
      ("model", "gpt2"), ("layers", "\(c.layers)"), ("heads", "\(c.heads)"), ("width", "\(c.width)"),
      ("context", "\(c.context)"), ("vocabulary", "\(c.vocabulary)"), ("positions", c.positions.rawValue),
      ("value_head_width", "\(c.valueHeadWidth)"), ("alphabet", alphabet),
    ]
  }

  /// - Parameter value: looks a key up.
  /// - Throws: ModelError that names the key that is missing or not a number.
  package static func read(_ value: (String) -> String?) throws -> (configuration: GPTConfiguration, alphabet: String) {
    func text(_ key: String) throws -> String {
      guard let text = value(key) else {
        throw ModelError("the checkpoint's metadata lack `\(key)`: it was not written by swerve, or was edited")
      }
      return text
    }
    func number(_ key: String) throws -> Int {
      let found = try text(key)
      guard let number = Int(found) else {
        throw ModelError("the checkpoint's metadata say \(key) = \(found), expected a whole number")
      }
      return number
    }
    guard let positions = PositionEncoding(rawValue: try text("positions")) else {
      throw ModelError("the checkpoint's metadata say positions = \(try text("positions")), expected learned or rotary")
    }
    let configuration = try GPTConfiguration(
      layers: number("layers"), heads: number("heads"), width: number("width"), context: number("context"),
      vocabulary: number("vocabulary"), positions: positions, valueHeadWidth: number("value_head_width"))
    return (configuration, try text("alphabet"))
  }

  /// Makes a model of the shape and fills it from `tensors`.
  /// - Throws: ModelError that names the tensor that is missing or has another shape.
  package static func model(
    _ configuration: GPTConfiguration, mode: MathMode, tensors: (String) throws -> (shape: [Int], values: [Float])?
  ) throws -> Transformer {
    let model = Transformer(configuration, mode: mode)
    for entry in model.layout.entries {
      guard let tensor = try tensors(entry.name) else {
        throw ModelError("the checkpoint lacks tensor \(entry.name) of its configuration")
      }
      if tensor.shape != entry.shape {
        throw ModelError("tensor \(entry.name) of the checkpoint has shape \(tensor.shape), expected \(entry.shape)")
      }
      model.update { weights in
        tensor.values.withUnsafeBufferPointer {
          (weights + entry.offset).update(from: $0.baseAddress!, count: entry.count)
        }
      }
    }
    return model
  }
}
