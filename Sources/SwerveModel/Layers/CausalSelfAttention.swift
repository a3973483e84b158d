import SwerveTensor

/// f(y) = projection(attention(qkv(y))): each token of a text attends to itself and to the tokens before it, with or
/// without rotary positions.
struct CausalSelfAttention: Sublayer {
  private let heads: Int
  /// Channels of queries, keys and values, which lie side by side in a row of qkv. The kernels expect all three to have
  /// the same width.
  private let queryWidth: Int
  private let keyWidth: Int
  private let valueWidth: Int
  private var rowWidth: Int { queryWidth + keyWidth + valueWidth }
  private let rotary: RotaryIndex?
  private let qkv: Linear
  private let projection: Linear
  private let qkvRows: SavedBuffer  // (N, row width)
  private let softmax: SavedBuffer  // (texts: H, T, 2) = (H N, 2)
  private let attention: SavedBuffer  // (N, value width)
  private let dQKV: ScratchBuffer  // (N, row width)
  private let dAttention: ScratchBuffer  // (N, value width)
  private let cache: CacheIndex

  /// - Parameters:
  ///   - qkv, projection: names of the two linear layers.
  ///   - residual: the role of the weight that is added to the residual stream.
  init(
    qkv: String, projection: String, heads: Int, width: Int, rotary: RotaryIndex?, residual: ParameterRole,
    _ plan: inout ModelPlan
  ) {
    self.heads = heads
    self.rotary = rotary
    (queryWidth, keyWidth, valueWidth) = (width, width, width)
    let row = queryWidth + keyWidth + valueWidth
    self.qkv = Linear(qkv, from: width, to: row, &plan)
    qkvRows = plan.save("qkv", columns: row)
    softmax = plan.save("softmax.statistics", columns: 2 * heads)
    attention = plan.save("attention", columns: valueWidth)
    // Shared with the MLP, whose backward pass has ended when attention's begins.
    dQKV = plan.scratch("dInner", columns: row)
    dAttention = plan.scratch("dAttention", columns: valueWidth)
    cache = plan.cache(heads: heads, width: keyWidth)
    self.projection = Linear(projection, from: valueWidth, to: width, weight: residual, &plan)
  }

  func forward(
    _ out: UnsafeMutablePointer<Float>, adding x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ pass: Pass
  ) {
    qkv.forward(pass[qkvRows], y, pass)
    pass.forEachText { first, length, position in
      let qkv = pass[qkvRows] + first * rowWidth
      for t in 0..<length { turn(qkv + t * rowWidth, position: position + t, direction: 1, pass.weights) }
      attentionForward(
        pass[attention] + first * valueWidth, pass[softmax] + 2 * heads * first, qkv.reading, shape(length),
        mode: pass.weights.mode, scratch: pass.workspace.matMul, attention: pass.workspace.attention)
    }
    projection.forward(out, adding: x, pass[attention], pass)
  }

  func decode(addingTo x: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, _ step: DecodeStep) {
    qkv.decode(step[qkvRows], y, step)
    step.workspace.each(step.texts.count) { text, thread in
      let rows = step.texts[text]
      let first = step.inputs[rows.lowerBound]
      let next = text + 1 < step.texts.count ? step.inputs[step.texts[text + 1].lowerBound] : first
      let q = step[qkvRows] + rows.lowerBound * rowWidth
      let keysAndValues = step.workspace.cache(cache, slot: first.slot)
      for t in 0..<rows.count {
        let q = q + t * rowWidth
        let k = q + queryWidth
        turn(q, position: first.position + t, direction: 1, step.weights)
        keysAndValues.append(k: k, v: k + keyWidth, position: first.position + t)
      }
      attentionDecode(
        step[attention] + rows.lowerBound * valueWidth, q: q, qStride: rowWidth, queries: rows.count, keysAndValues,
        length: first.position + rows.count,
        nextKeys: step.workspace.cache(cache, slot: next.slot).keyBlock(next.position),
        scratch: step.workspace.attention[thread])
    }
    projection.decode(x, adding: x, step[attention], step)
  }

  func backward(
    dY: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ pass: Pass,
    into gradient: GradientBlock
  ) {
    projection.backward(dX: pass[dAttention], dOut, pass[attention], pass, into: gradient)
    pass.forEachText { first, length, position in
      let dQKV = pass[dQKV] + first * rowWidth
      attentionBackward(
        dQkv: dQKV, pass[dAttention] + first * valueWidth, pass[attention] + first * valueWidth,
        pass[softmax] + 2 * heads * first, pass[qkvRows] + first * rowWidth, shape(length), mode: pass.weights.mode,
        scratch: pass.workspace.matMul, attention: pass.workspace.attention)
      for t in 0..<length { turn(dQKV + t * rowWidth, position: position + t, direction: -1, pass.weights) }
    }
    qkv.backward(dX: dY, pass[dQKV], y, pass, into: gradient)
  }

  /// Rotates the query and the key of a row by its position, where positions are rotary; direction -1 rotates back.
  private func turn(
    _ row: UnsafeMutablePointer<Float>, position: Int, direction: Float, _ weights: ModelWeights
  ) {
    guard let rotary else { return }
    let table = weights[rotary]
    rotate(row, position: position, heads: heads, table: table, direction: direction)
    rotate(row + queryWidth, position: position, heads: heads, table: table, direction: direction)
  }

  private func shape(_ length: Int) -> AttentionShape {
    AttentionShape(length: length, heads: heads, width: valueWidth)
  }
}
