import SwerveTensor

// A layer is one file: its initializer asks the plan for its parameters and buffers, and its forward pass, its step of
// decoding and its backward pass follow each other. Decoding has the same order of operations as the forward pass, so
// that both give the same bits.
//
// Where the fast path crosses the borders of layers, and why:
// - A residual sum starts the chain of the product that is added: ((x + bias) + a0 b0) + ... So the sum needs no
//   separate pass over memory, but a sublayer must add to the stream itself: `adding` in `Sublayer`.
// - In decoding, the MLP applies its activation to each part of the columns right after the part's product. The part is
//   then still in the thread's cache, and threads wait for each other one time less (`Linear.decode`, `finish`). A
//   gated MLP takes both of its products in such a part (`GatedMLP.decode`).
// - While attention decodes a text, it prefetches the block of keys that the next text will write
//   (`SelfAttention.decode`). That block comes from memory, because not all texts fit in the processor's caches.
// - A product prefetches the panels that come after its own. Panels lie in the order in which a step reads them, so
//   these are the next layer's panels (`ModelPlan.products`, `ModelWeights`).
// - In the backward pass, attention and the MLP share one scratch buffer by its name, "dInner", for the gradient of
//   their inner rows. Neither needs it once its own backward pass is over.

/// Where the residual stream begins: the vectors of tokens.
protocol Embedding: Sendable {
  var vocabulary: Int { get }
  var width: Int { get }
  func forward(_ x: UnsafeMutablePointer<Float>, _ pass: Pass)
  func decode(_ x: UnsafeMutablePointer<Float>, _ step: DecodeStep)
  /// Adds to the gradients of its tables.
  func backward(_ dX: UnsafePointer<Float>, _ pass: Pass, into gradient: GradientBlock)
}

/// Normalizes rows of the residual stream.
protocol Norm: Sendable {
  /// Writes the normalized rows of x to `out`, and saves what the backward pass needs.
  func forward(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass)
  func decode(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ step: DecodeStep)
  /// Writes again what the forward pass wrote, from what that pass saved.
  func recompute(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass)
  /// Adds the gradient of x to `dX`, given the gradient of `out`.
  func backward(
    dX: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ pass: Pass,
    into gradient: GradientBlock)
}

/// What a block adds to the residual stream: attention or an MLP.
protocol Sublayer: Sendable {
  /// out = x + f(y).
  func forward(
    _ out: UnsafeMutablePointer<Float>, adding x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ pass: Pass)
  /// x += f(y).
  func decode(addingTo x: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, _ step: DecodeStep)
  /// Writes the gradient of y to `dY`, given the gradient of `out`.
  func backward(
    dY: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ pass: Pass,
    into gradient: GradientBlock)
}

/// Takes the residual stream one block further.
protocol Block: Sendable {
  /// (N, C): where the block expects the stream.
  var input: SavedBuffer { get }
  /// Writes the stream after the block to `out`.
  func forward(_ out: UnsafeMutablePointer<Float>, _ pass: Pass)
  /// Changes the stream in place.
  func decode(_ x: UnsafeMutablePointer<Float>, _ step: DecodeStep)
  /// `dX` holds the gradient of the stream after the block, and then gets the gradient of the stream before it.
  func backward(_ dX: UnsafeMutablePointer<Float>, _ pass: Pass, into gradient: GradientBlock)
}

/// A forward or backward pass over one shard, as its layers see it.
struct Pass {
  let weights: ModelWeights
  let batch: TokenBatch
  let shard: Shard
  let saved: Activations
  let workspace: Workspace

  /// How many rows layers compute: one for each token of the shard.
  var rows: Int { rowsOfTexts ?? shard.tokens.count }
  /// For layers that compute a row for each text.
  private var rowsOfTexts: Int?

  init(_ weights: ModelWeights, _ batch: TokenBatch, _ shard: Shard, _ saved: Activations, _ workspace: Workspace) {
    (self.weights, self.batch, self.shard, self.saved, self.workspace) = (weights, batch, shard, saved, workspace)
  }

  /// The same pass for layers that compute a row for each text.
  var ofTexts: Pass {
    var pass = self
    pass.rowsOfTexts = shard.rows.count
    return pass
  }

  /// The tokens of the batch whose logits are computed; nil: all of the shard.
  var outputs: ArraySlice<Int>? { batch.outputs?[shard.outputs] }
  subscript(_ parameter: Parameter) -> UnsafePointer<Float> { weights[parameter] }
  subscript(_ buffer: SavedBuffer) -> UnsafeMutablePointer<Float> { saved[buffer] }
  subscript(_ buffer: ScratchBuffer) -> UnsafeMutablePointer<Float> { workspace[buffer] }

  /// Calls `body` for each run of the shard's texts, whose tokens are counted from the first of the shard: they are the rows of
  /// its buffers.
  func forEachRun(_ body: (TokenBatch.Run) -> Void) {
    for row in shard.rows {
      batch.forEachRun(of: row, from: batch.starts[row] - shard.tokens.lowerBound, body)
    }
  }
}

/// One step of a decoder, as the layers see it. Threads may share it: each computes some columns of a product, or some
/// texts.
struct DecodeStep {
  let weights: ModelWeights
  let workspace: DecodeWorkspace
  let inputs: [DecoderInput]
  /// The rows of each text.
  let texts: [Range<Int>]
  /// The rows whose logits are computed, rising.
  let outputs: [Int]

  var rows: Int { inputs.count }
  subscript(_ parameter: Parameter) -> UnsafePointer<Float> { weights[parameter] }
  subscript(_ buffer: SavedBuffer) -> UnsafeMutablePointer<Float> { workspace.saved[buffer] }
  subscript(_ buffer: ScratchBuffer) -> UnsafeMutablePointer<Float> { workspace.scratch(buffer) }
}
