import SwerveModel
import SwerveTensor

/// A model away from the tidy initial values, so that every term matters: matrices with the standard deviation, biases of
/// 0.1, norms around 1.
package func randomModel(
  _ configuration: ModelConfiguration, seed: UInt64, standardDeviation: Float = 0.2, mode: MathMode = .exact
) -> Transformer {
  let model = Transformer(configuration, mode: mode)
  var random = TestRandom(seed, "tests/model")
  model.update { weights in
    for entry in model.layout.entries {
      let values = random.normals(
        entry.count, standardDeviation: entry.shape.count == 2 ? standardDeviation : 0.1)
      let isScale = entry.shape.count == 1 && entry.name.hasSuffix("weight")
      for (i, value) in values.enumerated() { weights[entry.offset + i] = isScale ? 1 + value : value }
    }
  }
  return model
}

/// One tensor of a block in the model's layout, by name.
package func tensor(_ name: String, of block: UnsafePointer<Float>, _ model: Transformer) -> [Float] {
  guard let entry = model.layout.entry(name) else { return [] }
  return Array(UnsafeBufferPointer(start: block + entry.offset, count: entry.count))
}

/// All weights of a model, padding included.
package func allWeights(_ model: Transformer) -> [Float] {
  Array(UnsafeBufferPointer(start: model.parameters, count: model.layout.count))
}
