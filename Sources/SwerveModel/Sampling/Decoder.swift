import SwerveTensor

/// Runs a model one token or a few at a time over cached keys and values, for up to `slots` texts side by side: on one thread,
/// or with all threads of a pool sharing each step.
///
/// A step that is shared cuts each product by its columns, so that each weight is read by one thread only, and attention by
/// texts. No element's order of operations depends on that.
///
/// Every operation has the order of the full forward pass, and a row's bits do not depend on which other rows are in the batch:
/// logits, hidden states and so log-probabilities are those of `Transformer.forward`, bit for bit.
///
/// Its products are exact under BLAS too: how many rows a step has depends on the number of threads, and BLAS may round
/// a row's products by how many rows there are.
package final class Decoder {
  private let model: Transformer
  /// The longest text in tokens.
  let length: Int
  private let keyCache: [FloatBuffer]  // for each layer: those of each slot
  private let valueCache: [FloatBuffer]
  private let x: FloatBuffer  // (rows, C)
  private let normed: FloatBuffer
  private let statistics: FloatBuffer
  private let qkv: FloatBuffer
  private let attention: FloatBuffer
  private let wide: FloatBuffer
  private let value1: FloatBuffer
  private let value2: FloatBuffer
  /// The threads that share a step; nil where one thread does it alone.
  private let pool: WorkerPool?
  private let scratch: [MatMulScratch]  // for each thread
  private let decodeScratch: [DecodeScratch]
  /// (rows of the last step, C).
  package let hidden: FloatBuffer
  /// (rows of the last step, V).
  package let logits: FloatBuffer
  /// (rows of the last step): the value head's output, where the model has one and the step asked for it.
  package let values: FloatBuffer?
  package let slots: Int
  /// Most tokens of a step.
  let rows: Int
  private(set) var steps = 0
  /// The rows of each text in the last step.
  private(set) var texts: [Range<Int>] = []
  /// For each thread (V): what the sampler draws one row's token with.
  let drawScratch: [FloatBuffer]

  /// - Parameters:
  ///   - slots: texts that can be in flight.
  ///   - rows: most tokens of a step; as many as slots if not given.
  ///   - length: the longest text in tokens; at most the model's context.
  ///   - pool: the threads that share each step, which then must not be called from one of its bodies; nil for a decoder of
  ///     one thread.
  package init(
    _ model: Transformer, slots: Int, rows: Int? = nil, length: Int, sharedBy pool: WorkerPool? = nil
  ) {
    self.model = model
    self.pool = pool
    self.slots = slots
    let rows = rows ?? slots
    self.rows = rows
    self.length = min(length, model.configuration.context)
    let c = model.configuration
    let width = c.width
    let longest = self.length
    let cache = KeyValueCache.counts(length: longest, width: width)
    keyCache = (0..<c.layers).map { _ in FloatBuffer(count: slots * cache.keys) }
    valueCache = (0..<c.layers).map { _ in FloatBuffer(count: slots * cache.values) }
    x = FloatBuffer(count: rows * width)
    normed = FloatBuffer(count: rows * width)
    statistics = FloatBuffer(count: 2 * rows)
    qkv = FloatBuffer(count: 3 * rows * width)
    attention = FloatBuffer(count: rows * width)
    wide = FloatBuffer(count: 4 * rows * width)
    hidden = FloatBuffer(count: rows * width)
    logits = FloatBuffer(count: rows * c.vocabulary)
    let critic = rows * c.valueHeadWidth
    values = critic > 0 ? FloatBuffer(count: rows) : nil
    value1 = FloatBuffer(count: critic)
    value2 = FloatBuffer(count: critic)
    let threads = 0..<(pool?.threads ?? 1)
    scratch = threads.map { _ in MatMulScratch() }
    decodeScratch = threads.map { _ in DecodeScratch(heads: c.heads, length: longest) }
    drawScratch = threads.map { _ in FloatBuffer(count: c.vocabulary) }
  }

  /// One token or more for each of some slots: leaves hidden states and logits in the order of `inputs`.
  /// - Parameters:
  ///   - inputs: slot, token and its position. Those of a slot stand together; their positions go up by one from where the
  ///     slot's last step ended, or from an earlier one: then what came after it is forgotten.
  ///   - values: also evaluate the value head, where there is one.
  package func step(_ inputs: [(slot: Int, token: Int, position: Int)], values wantsValues: Bool = false) {
    let rows = inputs.count
    precondition(rows <= self.rows, "a step of \(rows) tokens is longer than the \(self.rows) that there is room for")
    steps += 1
    findTexts(inputs)
    let width = model.configuration.width
    for (row, input) in inputs.enumerated() {
      model.embedToken(x.pointer + row * width, token: input.token, position: input.position)
    }
    for (index, layer) in model.offsets.layers.enumerated() {
      model.norm(normed.pointer, statistics.pointer, x.pointer, layer.norm1, rows: rows)
      linear(qkv.pointer, normed.pointer, layer.attention, rows)
      each(texts.count) { text, thread in
        let first = inputs[texts[text].lowerBound]
        let next = text + 1 < texts.count ? inputs[texts[text + 1].lowerBound] : first
        attend(
          texts[text], first.slot, position: first.position, layer: index,
          nextKeys: cache(index, next.slot).keyBlock(next.position).reading, decodeScratch[thread])
      }
      linear(x.pointer, attention.pointer, layer.projection, rows, .plusResidual)
      model.norm(normed.pointer, statistics.pointer, x.pointer, layer.norm2, rows: rows)
      linear(wide.pointer, normed.pointer, layer.up, rows, .thenGELU)
      linear(x.pointer, wide.pointer, layer.down, rows, .plusResidual)
    }
    model.norm(hidden.pointer, statistics.pointer, x.pointer, model.offsets.finalNorm, rows: rows)
    eachPart(of: model.configuration.vocabulary) { columns, thread in
      model.unembed(
        logits.pointer, hidden.pointer, rows: rows, columns: columns, scratch[thread], mode: .exact)
    }
    if wantsValues, let values {
      model.evaluateValueHead(
        values.pointer, hidden: hidden.pointer, layer1: value1.pointer, layer2: value2.pointer, rows: rows, scratch[0],
        mode: .exact)
    }
  }

  private func findTexts(_ inputs: [(slot: Int, token: Int, position: Int)]) {
    texts.removeAll(keepingCapacity: true)
    for (row, input) in inputs.enumerated() {
      if let last = texts.last, inputs[last.lowerBound].slot == input.slot {
        texts[texts.count - 1] = last.lowerBound..<row + 1
      } else {
        texts.append(row..<row + 1)
      }
    }
  }

  /// Calls `body(i, thread)` for each i below `count`, on the threads that share the decoder's steps.
  func each(_ count: Int, _ body: (_ index: Int, _ thread: Int) -> Void) {
    if let pool { return pool.run(count, body) }
    for index in 0..<count { body(index, 0) }
  }

  /// Calls `body` for parts of some columns that begin with a panel: four for each thread that shares the step, as far as
  /// there are panels, so that a late one is not waited for long; or once with nil, for all columns.
  private func eachPart(of columns: Int, _ body: (_ columns: Range<Int>?, _ thread: Int) -> Void) {
    guard let pool else { return body(nil, 0) }
    let panels = (columns + panelColumns - 1) / panelColumns
    let parts = min(panels, 4 * pool.threads)
    func start(_ part: Int) -> Int { min(part * panels / parts * panelColumns, columns) }
    pool.run(parts) { part, thread in body(start(part)..<start(part + 1), thread) }
  }

  /// What a linear layer is joined with.
  private enum Fusion {
    case nothing
    /// What `out` holds is added.
    case plusResidual
    case thenGELU
  }

  private func linear(
    _ out: UnsafeMutablePointer<Float>, _ input: UnsafePointer<Float>, _ linear: ParameterOffsets.Linear, _ rows: Int,
    _ fusion: Fusion = .nothing
  ) {
    let start =
      fusion == .plusResidual ? model.residual(out, linear) : .bias(model.parameters + linear.bias)
    eachPart(of: linear.output) { columns, thread in
      model.linearForward(
        out, input, linear, rows: rows, columns: columns, start: start, scratch[thread], mode: .exact)
      guard fusion == .thenGELU else { return }
      guard let columns else { return geluForward(out, out, count: rows * linear.output) }
      for row in 0..<rows {
        let part = out + row * linear.output + columns.lowerBound
        geluForward(part, part, count: columns.count)
      }
    }
  }

  /// The tokens of one text, the first of them at `position`.
  private func attend(
    _ rows: Range<Int>, _ slot: Int, position: Int, layer: Int, nextKeys: UnsafePointer<Float>, _ scratch: DecodeScratch
  ) {
    let c = model.configuration
    let width = c.width
    let q = qkv.pointer + rows.lowerBound * 3 * width
    let cache = cache(layer, slot)
    for offset in 0..<rows.count {
      let q = q + offset * 3 * width
      let k = q + width
      if let rotary = model.rotary {
        rotate(q, position: position + offset, heads: c.heads, table: rotary, direction: 1)
        rotate(k, position: position + offset, heads: c.heads, table: rotary, direction: 1)
      }
      cache.append(k: k, v: k + width, position: position + offset)
    }
    attentionDecode(
      attention.pointer + rows.lowerBound * width, q: q, qStride: 3 * width, queries: rows.count, cache,
      length: position + rows.count, nextKeys: nextKeys, scratch: scratch)
  }

  private func cache(_ layer: Int, _ slot: Int) -> KeyValueCache {
    let c = model.configuration
    let counts = KeyValueCache.counts(length: length, width: c.width)
    return KeyValueCache(
      keys: keyCache[layer].pointer + slot * counts.keys, values: valueCache[layer].pointer + slot * counts.values,
      length: length, heads: c.heads, width: c.width)
  }
}
