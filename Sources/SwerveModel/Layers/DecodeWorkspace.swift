import SwerveTensor

/// A token that a decoder's step processes, with its text's slot and its position in the text.
package typealias DecoderInput = (slot: Int, token: Int, position: Int)

/// The working space of decoding: cached keys and values of each slot, what layers save and share for the rows of a step, and
/// the threads that share it.
final class DecodeWorkspace {
  private let length: Int
  private let caches: [ModelPlan.Cache]
  private let keyCache: [FloatBuffer]  // for each layer that has a cache: those of each slot
  private let valueCache: [FloatBuffer]
  /// For the rows of a step.
  let saved: Activations
  private let scratch: [FloatBuffer?]
  /// The threads that share a step; nil where one thread does it alone.
  private let pool: WorkerPool?
  let matMul: [MatMulScratch]  // for each thread
  let attention: [DecodeScratch]

  /// - Parameters:
  ///   - slots: texts that can be in progress.
  ///   - rows: most tokens of a step.
  ///   - length: the longest text in tokens.
  init(_ layers: ModelLayers, slots: Int, rows: Int, length: Int, sharedBy pool: WorkerPool?) {
    self.length = length
    self.pool = pool
    caches = layers.plan.caches
    let counts = caches.map { KeyValueCache.counts(length: length, width: $0.width) }
    keyCache = counts.map { FloatBuffer(count: slots * $0.keys) }
    valueCache = counts.map { FloatBuffer(count: slots * $0.values) }
    saved = Activations(layers, forBackward: false)
    saved.reserve(rows)
    scratch = layers.plan.scratch.map { $0.isForDecoding ? FloatBuffer(count: rows * $0.columns) : nil }
    let heads = caches.map(\.heads).max() ?? 0
    let threads = 0..<(pool?.threads ?? 1)
    matMul = threads.map { _ in MatMulScratch() }
    attention = threads.map { _ in DecodeScratch(heads: heads, length: length) }
  }

  /// Calls `body(i, thread)` for each i below `count`, on the threads that share the decoder's steps.
  func each(_ count: Int, _ body: (_ index: Int, _ thread: Int) -> Void) {
    if let pool { return pool.run(count, body) }
    for index in 0..<count { body(index, 0) }
  }

  /// Calls `body` for parts of some columns; each part begins with a panel. There are four parts for each thread that
  /// shares the step, as far as there are panels, so that nobody waits long for a late thread. A decoder of one thread
  /// calls it once with nil, for all columns.
  func eachPart(of columns: Int, _ body: (_ columns: Range<Int>?, _ thread: Int) -> Void) {
    guard let pool else { return body(nil, 0) }
    let panels = (columns + panelColumns - 1) / panelColumns
    let parts = min(panels, 4 * pool.threads)
    func start(_ part: Int) -> Int { min(part * panels / parts * panelColumns, columns) }
    pool.run(parts) { part, thread in body(start(part)..<start(part + 1), thread) }
  }

  func scratch(_ buffer: ScratchBuffer) -> UnsafeMutablePointer<Float> {
    guard let found = scratch[buffer.index] else { preconditionFailure("a layer's scratch is not for decoding") }
    return found.pointer
  }

  /// Copies the first tokens' keys and values in all layers.
  func copy(from source: Int, to target: Int, tokens: Int) {
    for layer in caches.indices {
      let layer = CacheIndex(index: layer)
      cache(layer, slot: target).copy(from: cache(layer, slot: source), tokens: tokens)
    }
  }

  /// A slot's keys and values in one layer.
  func cache(_ layer: CacheIndex, slot: Int) -> KeyValueCache {
    let shape = caches[layer.index]
    let counts = KeyValueCache.counts(length: length, width: shape.width)
    return KeyValueCache(
      keys: keyCache[layer.index].pointer + slot * counts.keys,
      values: valueCache[layer.index].pointer + slot * counts.values, length: length, heads: shape.heads,
      width: shape.width)
  }
}
