import SwerveTensor

/// f(y) = projection(attention(queries, keys and values of y)): each token of a text attends to itself and to the
/// tokens before it, or to all tokens of its text, with or without rotary positions.
struct SelfAttention: Sublayer {
  /// Which heads there are, and what a token sees.
  struct Heads: Sendable {
    let count: Int
    /// Of keys and values; each serves the same number of consecutive heads of queries.
    let keyValues: Int
    /// Channels of a head.
    let width: Int
    var isCausal = true

    var queryWidth: Int { count * width }
    var keyWidth: Int { keyValues * width }
    /// Queries, keys and values of a token, which lie side by side.
    var rowWidth: Int { queryWidth + 2 * keyWidth }
  }

  /// A product that computes some channels of a row, from `first` on.
  private struct Input: Sendable {
    let linear: Linear
    let first: Int
  }

  private let heads: Heads
  private let rotary: RotaryIndex?
  private let norms: HeadNorms?
  private let inputs: [Input]
  private let projection: Linear
  private let qkvRows: SavedBuffer  // (N, row width)
  private let softmax: SavedBuffer  // (texts: H, T, 2) = (H N, 2)
  private let attention: SavedBuffer  // (N, query width)
  private let dQKV: ScratchBuffer  // (N, row width)
  private let dAttention: ScratchBuffer  // (N, query width)
  private let cache: CacheIndex

  /// - Parameters:
  ///   - inputs: the products whose results, side by side, are a token's queries, keys and values.
  ///   - norms: of the heads of queries and keys, before they are rotated.
  init(
    inputs: [Linear], projection: Linear, heads: Heads, norms: HeadNorms? = nil, rotary: RotaryIndex?,
    _ plan: inout ModelPlan
  ) {
    self.inputs = inputs.reduce(into: []) { placed, linear in
      placed.append(Input(linear: linear, first: placed.last.map { $0.first + $0.linear.output } ?? 0))
    }
    self.projection = projection
    (self.heads, self.norms, self.rotary) = (heads, norms, rotary)
    qkvRows = plan.save("qkv", columns: heads.rowWidth)
    softmax = plan.save("softmax.statistics", columns: 2 * heads.count)
    attention = plan.save("attention", columns: heads.queryWidth)
    // Shared with the MLP, whose backward pass has ended when attention's begins.
    dQKV = plan.scratch("dInner", columns: heads.rowWidth)
    dAttention = plan.scratch("dAttention", columns: heads.queryWidth)
    cache = plan.cache(heads: heads.keyValues, width: heads.keyWidth)
  }

  func forward(
    _ out: UnsafeMutablePointer<Float>, adding x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ pass: Pass
  ) {
    let rows = pass[qkvRows]
    for input in inputs { input.linear.forward(rows + input.first, stride: heads.rowWidth, y, pass) }
    norms?.forward(rows, stride: heads.rowWidth, pass)
    pass.forEachRun { run in
      let qkv = rows + run.first * heads.rowWidth
      for t in 0..<run.length { turn(qkv + t * heads.rowWidth, position: run.position + t, direction: 1, pass.weights) }
      attentionForward(
        pass[attention] + run.first * heads.queryWidth, pass[softmax] + 2 * heads.count * run.first,
        seen(by: run, rows, pass), shape(run), mode: pass.weights.mode, scratch: pass.workspace.matMul,
        attention: pass.workspace.attention)
    }
    projection.forward(out, adding: x, pass[attention], pass)
  }

  func decode(addingTo x: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, _ step: DecodeStep) {
    let rowWidth = heads.rowWidth
    for input in inputs { input.linear.decode(step[qkvRows] + input.first, stride: rowWidth, y, step) }
    step.workspace.each(step.texts.count) { text, thread in
      let rows = step.texts[text]
      let first = step.inputs[rows.lowerBound]
      let next = text + 1 < step.texts.count ? step.inputs[step.texts[text + 1].lowerBound] : first
      let q = step[qkvRows] + rows.lowerBound * rowWidth
      let keysAndValues = step.workspace.cache(cache, slot: first.slot)
      for t in 0..<rows.count {
        let q = q + t * rowWidth
        let k = q + heads.queryWidth
        norms?.decode(q, n: rows.lowerBound + t, step)
        turn(q, position: first.position + t, direction: 1, step.weights)
        keysAndValues.append(k: k, v: k + heads.keyWidth, position: first.position + t)
      }
      attentionDecode(
        step[attention] + rows.lowerBound * heads.queryWidth, q: q, qStride: rowWidth, queries: rows.count,
        heads: heads.count, keysAndValues, length: first.position + rows.count,
        nextKeys: step.workspace.cache(cache, slot: next.slot).keyBlock(next.position),
        scratch: step.workspace.attention[thread])
    }
    projection.decode(x, adding: x, step[attention], step)
  }

  /// The gradient of y is a chain over the channels of all inputs, in their order. Branches add to the gradient of their
  /// stem's keys and values after the stem's own tokens, in the order of the branches.
  func backward(
    dY: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ pass: Pass,
    into gradient: GradientBlock
  ) {
    let rowWidth = heads.rowWidth
    projection.backward(dX: pass[dAttention], dOut, pass[attention], pass, into: gradient)
    pass.forEachRun { run in
      let first = run.first * heads.queryWidth
      let own = pass[dQKV] + run.first * rowWidth
      let isBranch = !run.stem.isEmpty
      let dQKV = isBranch ? pass.workspace.dBranch.reserve((run.stem.count + run.length) * rowWidth).pointer : own
      attentionBackward(
        dQkv: dQKV, pass[dAttention] + first, pass[attention] + first, pass[softmax] + 2 * heads.count * run.first,
        seen(by: run, pass[qkvRows], pass), shape(run), mode: pass.weights.mode, scratch: pass.workspace.matMul,
        attention: pass.workspace.attention)
      guard isBranch else { return }
      addInto(pass[self.dQKV] + run.stem.lowerBound * rowWidth, dQKV.reading, count: run.stem.count * rowWidth)
      own.update(from: dQKV + run.stem.count * rowWidth, count: run.length * rowWidth)
    }
    pass.forEachRun { run in
      let dQKV = pass[dQKV] + run.first * rowWidth
      for t in 0..<run.length { turn(dQKV + t * rowWidth, position: run.position + t, direction: -1, pass.weights) }
    }
    norms?.backward(pass[dQKV], stride: rowWidth, pass, into: gradient)
    for (index, input) in inputs.enumerated() {
      input.linear.backward(
        dX: dY, start: index == 0 ? .zero : .accumulate, pass[dQKV] + input.first, stride: rowWidth, y, pass,
        into: gradient)
    }
  }

  /// Rotates the queries and the keys of a row by its position, where positions are rotary; direction -1 rotates back.
  private func turn(
    _ row: UnsafeMutablePointer<Float>, position: Int, direction: Float, _ weights: ModelWeights
  ) {
    guard let rotary else { return }
    let table = weights[rotary]
    rotate(row, position: position, heads: heads.count, table: table, direction: direction)
    rotate(row + heads.queryWidth, position: position, heads: heads.keyValues, table: table, direction: direction)
  }

  /// The rows that a run's tokens see, their own last. A branch's stem may lie apart from it, so both are copied.
  private func seen(
    by run: TokenBatch.Run, _ rows: UnsafeMutablePointer<Float>, _ pass: Pass
  ) -> UnsafePointer<Float> {
    let (width, own) = (heads.rowWidth, rows.reading + run.first * heads.rowWidth)
    if run.stem.isEmpty { return own }
    let copy = pass.workspace.branch.reserve((run.stem.count + run.length) * width).pointer
    copy.update(from: rows + run.stem.lowerBound * width, count: run.stem.count * width)
    (copy + run.stem.count * width).update(from: own, count: run.length * width)
    return copy.reading
  }

  private func shape(_ run: TokenBatch.Run) -> AttentionShape {
    AttentionShape(
      length: run.stem.count + run.length, firstQuery: run.stem.count, heads: heads.count, width: heads.queryWidth,
      keyValueHeads: heads.keyValues, isCausal: heads.isCausal)
  }
}
