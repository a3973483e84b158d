import SwerveTensor
import SwerveText

/// A model: its configuration, its layers, its weights in one block, and the packed panels that products read.
///
/// Weights change only through `update`, which drops the panels; `prepare` packs them again. Reading is safe from many
/// threads.
package final class Transformer: @unchecked Sendable {
  package let configuration: ModelConfiguration
  /// What is trained. A model with adapters or a frozen part has the rest in its base.
  package let layout: ParameterLayout
  let layers: ModelLayers
  let weights: ModelWeights
  /// Where each tensor of the whole model is, in the order of `merged`; empty without a base.
  private let wholeOrder: [(isOwn: Bool, index: Int)]
  /// The model that has the weights which are not trained. It is never changed. It may be used as a model of its own at the same time.
  package let base: Transformer?

  /// All weights zero: see `initialize` and `load`.
  /// - Parameter configuration: of a model without adapters.
  package init(_ configuration: ModelConfiguration, mode: MathMode = .exact) {
    precondition(configuration.adapters == nil && configuration.frozen == nil, "frozen weights need a base")
    self.configuration = configuration
    base = nil
    wholeOrder = []
    layers = ModelLayers(configuration)
    layout = layers.plan.layout
    weights = ModelWeights(layers.plan, mode: mode)
  }

  /// Low-rank adapters, and a value head, on a model that is shared and not copied. Their weights are zero.
  /// - Parameters:
  ///   - base: without adapters.
  ///   - valueHeadWidth: 0: the model has none.
  package convenience init(_ adapters: LowRankAdapters, on base: Transformer, valueHeadWidth: Int) {
    var configuration = base.configuration
    (configuration.adapters, configuration.classifier) = (adapters, nil)
    configuration.valueHeadWidth = valueHeadWidth
    self.init(configuration, on: base)
  }

  /// What a configuration trains, on a model that has the rest and is shared. The weights are zero.
  /// - Parameters:
  ///   - configuration: with adapters or a frozen part.
  ///   - base: of the same shape, without a base of its own.
  package init(_ configuration: ModelConfiguration, on base: Transformer) {
    precondition(base.base == nil, "a base has no base")
    precondition(configuration.adapters != nil || configuration.frozen != nil, "a base has something to give")
    self.configuration = configuration
    self.base = base
    layers = ModelLayers(configuration)
    layout = layers.plan.layout
    weights = ModelWeights(layers.plan, base: base.weights, mode: base.mode)
    var whole = configuration
    (whole.adapters, whole.frozen) = (nil, nil)
    let (own, below) = (layout.entries, base.layout.entries)
    wholeOrder = ParameterLayout(whole).entries.compactMap { entry in
      own.firstIndex { $0.name === entry.name }.map { (true, $0) }
        ?? below.firstIndex { $0.name === entry.name }.map { (false, $0) }
    }
  }

  /// The weights of the layout, for reading.
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

  /// Every tensor of the model, those of its base included, in the order of `merged`; of a model with adapters, only its own.
  package var wholeTensors: [NamedTensor] {
    guard let base, configuration.adapters == nil else { return tensors }
    let (own, below) = (tensors, base.tensors)
    return wholeOrder.map { $0.isOwn ? own[$0.index] : below[$0.index] }
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
  package func prepare(pool: WorkerPool) {
    base?.weights.pack(layers.plan.frozenProducts, pool: pool)
    weights.pack(layers.plan.products, pool: pool)
  }

  /// The same for a forward and a backward pass over `shards` shards. With one or two shards, products pack for
  /// themselves: keeping panels would cost as much time, and for both passes twice the memory of the weights.
  package func prepareTraining(pool: WorkerPool, shards: Int) {
    if !Self.keepsPanels(shards: shards) { return }
    prepare(pool: pool)
    base?.weights.packBackward(layers.plan.frozenProducts, pool: pool)
    weights.packBackward(layers.plan.products, pool: pool)
  }

  static func keepsPanels(shards: Int) -> Bool { shards > 2 }

  /// Lets two models that are read one after the other, such as policy and reference, share the memory of panels where that
  /// is large.
  package func takeTurns(with other: Transformer) { weights.takeTurns(with: other.weights, layers.plan) }

  /// A second model with the same weights. Adapters share their base.
  package func copy() -> Transformer {
    let other = empty()
    other.update { $0.update(from: parameters, count: weights.count) }
    return other
  }

  private func empty() -> Transformer {
    base.map { Transformer(configuration, on: $0) } ?? Transformer(configuration, mode: mode)
  }

  /// The model with its adapters added to the weights below them; this model where it has none. Logits differ from those
  /// with separate adapters by what Float rounds.
  package func merged() -> Transformer {
    guard let base else { return self }
    var configuration = configuration
    (configuration.adapters, configuration.frozen) = (nil, nil)
    let merged = Transformer(configuration, mode: mode)
    _ = merged.load(from: base)
    _ = merged.load(from: self)
    merged.update { target in
      for (_, weight, adapter) in layers.plan.adapted {
        adapter.merge(into: target + weight.weight.offset, isTransposed: weight.isTransposed, weights)
      }
    }
    return merged
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

  /// Sets the head that gives labels their scores to zero.
  package func zeroClassifier() {
    update { weights in
      for entry in layout.entries where entry.role.isClassifier {
        (weights + entry.offset).update(repeating: 0, count: entry.count)
      }
    }
  }

  /// Draws weights as the layers' roles say. Row i of the random stream belongs to entry i of the layout.
  package func initialize(_ stream: RandomStream, only: (ParameterEntry) -> Bool = { _ in true }) {
    update { weights in
      for (row, entry) in layout.entries.enumerated() where only(entry) {
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
