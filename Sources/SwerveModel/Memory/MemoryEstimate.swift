import SwerveTensor

/// Estimates of the memory that work with a model takes, in bytes, from the sizes of its layers. They count what grows with
/// the model or with the texts, at the sizes that the classes themselves choose.
package struct MemoryEstimate {
  private let layers: ModelLayers
  private let threads: Int
  private static let bytes = MemoryLayout<Float>.size

  /// - Parameter threads: that compute.
  package init(_ configuration: ModelConfiguration, threads: Int) {
    layers = ModelLayers(configuration)
    self.threads = threads
  }

  private var plan: ModelPlan { layers.plan }
  private var vocabulary: Int { layers.embedding.vocabulary }

  /// Of a model with adapters, the trained ones.
  package var weights: Int { Self.bytes * plan.layout.count }

  /// The panels of a forward pass, which stay with the model.
  package var panels: Int {
    Self.bytes * plan.products.reduce(0) { $0 + panelCount(k: $1.isTransposed ? $1.columns : $1.rows, n: $1.outputs) }
  }

  /// The same for a model that takes turns with another one, whose panels are counted.
  package var panelsInTurns: Int { ModelWeights.takesTurns(plan) ? 0 : panels }

  /// The panels of a frozen model below, which it packs for this one's passes forward.
  package var basePanels: Int {
    Self.bytes
      * plan.frozenProducts.reduce(0) {
        $0 + panelCount(k: $1.isTransposed ? $1.columns : $1.rows, n: $1.outputs)
      }
  }

  /// Panels of a backward pass over so many shards. A frozen model below has its own.
  private func backwardPanels(shards: Int) -> Int {
    if !Transformer.keepsPanels(shards: shards) { return 0 }
    return (ModelWeights.withBackwardPanels(plan.products) + ModelWeights.withBackwardPanels(plan.frozenProducts))
      .reduce(0) {
        $0 + ($1.isTransposed ? panelCount(k: $1.rows, n: $1.columns) : panelCount(k: $1.columns, n: $1.rows))
      }
  }

  /// A table of a number for each entry of the vocabulary, for so many tokens.
  package func rows(tokens: Int) -> Int { Self.bytes * tokens * vocabulary }

  /// A step of training on texts: the optimizer's moments, gradient lanes, panels, and what the threads need for passes
  /// forward and backward.
  /// - Parameters:
  ///   - length: tokens that a text has in the mean.
  ///   - outputs: tokens of a text whose logits are computed.
  ///   - keeps: the activations of all shards are kept up to the limit, for a loss over the whole batch.
  package func training(texts: Int, length: Int, outputs: Int, keeps: Bool) -> Int {
    let shard = Self.shard(texts: texts, length: length)
    let gradients = plan.layout.count * GradientLanes.lanes(count: plan.layout.count, shards: shard.count)
    let moments = 2 * plan.layout.count
    let busy = min(threads, shard.count)
    let floats = Activations.floats(layers, tokens: shard.texts * length, outputs: shard.texts * outputs)
    let kept = keeps ? min(shard.count, max(threads, ShardRunner.keptLimit / max(floats, 1))) : 0
    // What is not kept is computed again in the place of kept activations that were used.
    let own = keeps ? 0 : busy
    let scratch = plan.scratch.enumerated().reduce(vocabulary) { sum, entry in
      let isLogits = entry.offset == layers.unembedding?.dLogits.index
      return sum + entry.element.columns * shard.texts * (isLogits ? outputs : length)
    }
    // Without panels, each product packs its own operand.
    let packing =
      Transformer.keepsPanels(shards: shard.count)
      ? 0 : busy * (plan.products.map { panelCount(k: $0.rows, n: $0.columns) }.max() ?? 0)
    return Self.bytes
      * (gradients + moments + (kept + own) * floats + busy * scratch + packing + backwardPanels(shards: shard.count))
  }

  /// What a token leaves where no backward pass follows and blocks share their buffers.
  private var ownColumns: Int {
    plan.saved.enumerated().filter { $0.element.firstOfItsName == $0.offset }.reduce(0) { $0 + $1.element.columns }
  }

  /// A pass forward over texts whose results are read at once.
  package func forward(texts: Int, length: Int, outputs: Int) -> Int {
    let shard = Self.shard(texts: texts, length: length)
    let logits = layers.unembedding?.vocabulary ?? 0
    let floats = shard.texts * (length * (ownColumns - logits) + outputs * logits)
    return Self.bytes * min(threads, shard.count) * (floats + vocabulary)
  }

  /// Sampling of texts side by side: cached keys and values, and what drafts are made from.
  package func sampling(texts: Int, length: Int) -> Int {
    let slots = Sampler.slotsPerThread(layers, texts: texts, length: length, threads: threads)
    let rows = max(slots, min(slots * 8, Sampler.mostStepLogits / vocabulary))
    let cached = slots * length * plan.cachedFloatsPerToken
    return Self.bytes * min(threads, texts) * (cached + rows * ownColumns)
  }

  /// How texts of equal length are cut into shards.
  private static func shard(texts: Int, length: Int) -> (texts: Int, count: Int) {
    let together = min(max(1, (Shard.target + length - 1) / max(length, 1)), max(texts, 1))
    return (together, max(1, texts / together))
  }
}
