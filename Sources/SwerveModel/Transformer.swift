import SwerveTensor
import SwerveText

/// A model: its configuration, its layers, its weights in one block, and the packed panels that products read.
///
/// Weights change only through `update`, which drops the panels; `prepare` packs them again. Reading is safe from many
/// threads.
package final class Transformer: @unchecked Sendable {
  package let configuration: ModelConfiguration
  package let layout: ParameterLayout
  let layers: ModelLayers
  let weights: ModelWeights

  /// All weights zero: see `initialize` and `load`.
  package init(_ configuration: ModelConfiguration, mode: MathMode = .exact) {
    self.configuration = configuration
    layers = ModelLayers(configuration)
    layout = layers.plan.layout
    weights = ModelWeights(layers.plan, mode: mode)
  }

  /// The weights, for reading.
  package var parameters: UnsafePointer<Float> { weights.parameters }

  package var mode: MathMode { weights.mode }

  /// Every tensor of the model in layout order, borrowed from its block.
  package var tensors: [NamedTensor] {
    layout.entries.map { entry in
      NamedTensor(
        name: entry.name, shape: entry.shape,
        values: UnsafeBufferPointer(start: parameters + entry.offset, count: entry.count))
    }
  }

  /// The first weight that is NaN or infinite, if any.
  package var firstNonFiniteWeight: (tensor: String, index: Int, value: Float)? {
    for entry in layout.entries {
      let values = parameters + entry.offset
      if let index = firstNonFinite(values, count: entry.count) { return (entry.name, index, values[index]) }
    }
    return nil
  }

  /// Changes the weights in place and marks the panels as stale.
  package func update(_ body: (UnsafeMutablePointer<Float>) -> Void) { weights.update(body) }

  /// Packs the panels of all products; call it after a change of the weights and before threads read the model.
  package func prepare(pool: WorkerPool) { weights.pack(layers.plan.products, pool: pool) }

  /// The same for a forward and a backward pass over `shards` shards. With one or two shards, products pack for
  /// themselves: keeping panels would cost as much time, and for both passes twice the memory of the weights.
  package func prepareTraining(pool: WorkerPool, shards: Int) {
    if !Self.keepsPanels(shards: shards) { return }
    prepare(pool: pool)
    weights.packBackward(layers.plan.products, pool: pool)
  }

  static func keepsPanels(shards: Int) -> Bool { shards > 2 }

  /// A second model with the same weights.
  package func copy() -> Transformer {
    let other = Transformer(configuration, mode: mode)
    other.update { $0.update(from: parameters, count: weights.count) }
    return other
  }

  /// Copies every tensor of this model that `source` has by name and shape; returns the names that it lacks.
  package func load(from source: Transformer) -> [String] {
    var missing: [String] = []
    update { target in
      for entry in layout.entries {
        if let other = source.layout.entry(entry.name), other.shape == entry.shape {
          (target + entry.offset).update(from: source.parameters + other.offset, count: entry.count)
        } else {
          missing.append(entry.name)
        }
      }
    }
    return missing
  }

  /// Moves the weights towards those of another model (TR-DPO, arXiv 2404.09656): w = fma(share, other, (1 - share) w),
  /// element by element. Tensors that the other model lacks stay unchanged.
  /// - Parameter share: in 0...1; 1 copies.
  package func mix(from other: Transformer, share: Float) {
    update { weights in
      for entry in layout.entries {
        guard let from = other.layout.entry(entry.name), from.shape == entry.shape else { continue }
        let source = other.parameters + from.offset
        let target = weights + entry.offset
        for i in 0..<entry.count { target[i] = ((1 - share) * target[i]).addingProduct(share, source[i]) }
      }
    }
  }

  /// Draws weights as the layers' roles say. Row i of the random stream belongs to entry i of the layout.
  package func initialize(_ stream: RandomStream, only: (String) -> Bool = { _ in true }) {
    update { weights in
      for (row, entry) in layout.entries.enumerated() where only(entry.name) {
        var random = stream.cursor(step: 0, row: row)
        let target = weights + entry.offset
        switch entry.role.initialization {
        case .zeros: target.update(repeating: 0, count: entry.count)
        case .ones: target.update(repeating: 1, count: entry.count)
        case .normal(let standardDeviation):
          for i in 0..<entry.count { target[i] = random.normal() * standardDeviation }
        case .uniform(let bound):
          for i in 0..<entry.count { target[i] = (2 * random.uniform() - 1) * bound }
        }
      }
    }
  }
}
