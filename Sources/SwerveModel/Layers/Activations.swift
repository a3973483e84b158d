import SwerveTensor

/// What the forward pass of one shard leaves for its backward pass. It grows to the largest shard that it meets and
/// then stays, so that steps do not allocate.
package final class Activations {
  private let layers: ModelLayers
  /// Whether a backward pass follows. If not, all blocks share one block's buffers, which then stay in the processor's
  /// cache.
  private let forBackward: Bool
  private var capacity = 0
  private var outputCapacity = 0
  private var buffers: [FloatBuffer] = []
  /// (N, C): after the last norm.
  package private(set) var hidden = FloatBuffer(count: 0)
  /// (outputs, V): of all N tokens, or of those that the batch names; empty for an encoder.
  package private(set) var logits = FloatBuffer(count: 0)
  /// (texts, C): where texts have a vector of their own.
  package private(set) var pooled = FloatBuffer(count: 0)
  /// (N): the value head's output, where there is one.
  package private(set) var values = FloatBuffer(count: 0)
  /// (texts, labels): where there is a classifier.
  package private(set) var scores = FloatBuffer(count: 0)
  /// (texts, C): what the classifier reads.
  package private(set) var vectors = FloatBuffer(count: 0)

  /// How many floats a shard takes, all layers together.
  static func floats(_ layers: ModelLayers, tokens: Int, outputs: Int) -> Int {
    let logits = layers.unembedding?.vocabulary ?? 0
    return tokens * (layers.plan.saved.reduce(0) { $0 + $1.columns } - logits) + outputs * logits
  }

  init(_ layers: ModelLayers, forBackward: Bool = true) {
    self.layers = layers
    self.forBackward = forBackward
  }

  subscript(_ buffer: SavedBuffer) -> UnsafeMutablePointer<Float> { buffers[buffer.index].pointer }

  /// - Parameter outputs: rows of logits; as many as tokens if not given.
  func reserve(_ n: Int, outputs: Int? = nil) {
    let outputs = outputs ?? n
    if n <= capacity && outputs <= outputCapacity { return }
    (capacity, outputCapacity) = (max(n, capacity), max(outputs, outputCapacity))
    buffers = []
    for (index, saved) in layers.plan.saved.enumerated() {
      let isOwn = forBackward || saved.firstOfItsName == index
      let rows = index == layers.unembedding?.logits.index ? outputCapacity : capacity
      buffers.append(isOwn ? FloatBuffer(count: rows * saved.columns) : buffers[saved.firstOfItsName])
    }
    hidden = buffers[layers.hidden.index]
    if let unembedding = layers.unembedding { logits = buffers[unembedding.logits.index] }
    if let pooler = layers.pooler { pooled = buffers[pooler.pooled.index] }
    if let head = layers.valueHead { values = buffers[head.values.index] }
    if let classifier = layers.classifier {
      scores = buffers[classifier.scores.index]
      vectors = buffers[classifier.vector.index]
    }
  }

  /// Everything that a forward pass left, in the order in which it was computed, each with its name and its shape.
  /// - Parameters:
  ///   - n: tokens of the shard; buffers may be larger.
  ///   - outputs: its rows of logits.
  ///   - texts: its texts.
  ///   - visit: the values are borrowed for the length of the call.
  /// Where no backward pass follows, blocks share their buffers, and only what comes after the last block is visited.
  package func forEachPart(
    tokens n: Int, outputs: Int, texts: Int,
    _ visit: (_ name: String, _ shape: [Int], _ values: UnsafeBufferPointer<Float>) -> Void
  ) {
    for (saved, buffer) in zip(layers.plan.saved, buffers) where forBackward || saved.block.isEmpty {
      let rows = buffer === logits ? outputs : saved.isOfTexts ? texts : n
      visit(
        saved.block + saved.name, [rows, saved.columns],
        UnsafeBufferPointer(start: buffer.pointer, count: rows * saved.columns))
    }
  }
}

/// The working space of one thread: packing, attention, and the temporaries of forward and backward.
package final class Workspace {
  let matMul = MatMulScratch()
  let attention = AttentionScratch()
  /// Queries, keys and values of a stem and one of its branches, and their gradient.
  let branch = GrowingBuffer()
  let dBranch = GrowingBuffer()
  private let layers: ModelLayers
  private var capacity = 0
  private var outputCapacity = 0
  private var buffers: [FloatBuffer] = []
  /// (outputs, V): the caller's gradient of the logits.
  package private(set) var dLogits = FloatBuffer(count: 0)
  /// (N): the caller's gradient of the values.
  package private(set) var dValues = FloatBuffer(count: 0)
  /// (N, C) and (texts, C): the caller's gradients of an encoder's hidden states and of its texts' vectors. The
  /// backward pass changes both.
  package private(set) var dHidden = FloatBuffer(count: 0)
  package private(set) var dPooled = FloatBuffer(count: 0)
  /// (texts, labels): the caller's gradient of a classifier's scores.
  package private(set) var dScores = FloatBuffer(count: 0)
  /// One row of logits' size, for the holder of the workspace.
  package let row: FloatBuffer

  init(_ layers: ModelLayers) {
    self.layers = layers
    row = FloatBuffer(count: layers.embedding.vocabulary)
  }

  subscript(_ buffer: ScratchBuffer) -> UnsafeMutablePointer<Float> { buffers[buffer.index].pointer }

  /// Makes room for a shard of n tokens.
  /// - Parameter outputs: rows of logits; as many as tokens if not given.
  package func reserve(_ n: Int, outputs: Int? = nil) {
    let outputs = outputs ?? n
    if n <= capacity && outputs <= outputCapacity { return }
    (capacity, outputCapacity) = (max(n, capacity), max(outputs, outputCapacity))
    buffers = layers.plan.scratch.enumerated().map { index, scratch in
      let rows = index == layers.unembedding?.dLogits.index ? outputCapacity : capacity
      return FloatBuffer(count: rows * scratch.columns)
    }
    dHidden = buffers[layers.dHidden.index]
    if let unembedding = layers.unembedding { dLogits = buffers[unembedding.dLogits.index] }
    if let pooler = layers.pooler { dPooled = buffers[pooler.dPooled.index] }
    if let head = layers.valueHead { dValues = buffers[head.dValues.index] }
    if let classifier = layers.classifier { dScores = buffers[classifier.dScores.index] }
  }
}
