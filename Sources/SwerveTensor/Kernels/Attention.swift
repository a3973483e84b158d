// Self-attention of one text and all its heads (Vaswani et al. 2017): causal, or in both directions. Consecutive heads
// of queries may share a head of keys and values (grouped-query attention, Ainslie et al. 2023).
//
// Order of operations, for query i and keys j = 0...i (in both directions: all keys) of a head of d floats:
//   score_j = (chain over d of fma(q, k, .)) scale          scale = 1 / sqrt(d)
//   top = max_j score_j          p_j = exp(score_j - top)
//   total: p_j in lane j mod 16, in increasing j, then the tree          inverse = 1 / total
//   out = (chain over j of fma(p_j, v_j, .)) inverse + 0          (the 0 turns -0 into 0)
// Decoding with a KV cache (AttentionDecode.swift) runs the same order, so both give the same bits.
//
// Accuracy of out against Double (tested, texts up to 257 tokens, queries and keys of standard deviation up to 2): 24
// units in the last place of its largest element, most of it from rounded scores in the exponent.
//
// Queries are taken 32 at a time, one in each lane of two vectors. The scores of a block (keys, 32) are stored
// transposed; this is all the memory that attention needs beside its inputs and outputs. Within a block, keys that come
// after a query take part with a p of 0, forward and backward. That changes no finite number, except that -0 in a
// gradient becomes 0. But an infinity or NaN among these keys also reaches the block's earlier queries, because 0 times
// it is NaN.

private let block = panelColumns

/// Scratch of one thread. It grows to the longest text that it meets.
package final class AttentionScratch {
  var scores = FloatBuffer(count: 0)
  var dScores = FloatBuffer(count: 0)
  let lanes = FloatBuffer(count: 16 * block)
  let perQuery = FloatBuffer(count: 2 * block)

  package init() {}

  func reserve(keys: Int) {
    let need = (keys + 16) * block
    if scores.count < need {
      scores = FloatBuffer(count: need)
      dScores = FloatBuffer(count: need)
    }
  }
}

/// The memory layout of a text: qkv (length, row) with q (width), k and v (keyWidth each) side by side; out (queries,
/// width); statistics (heads, queries, 2). Queries are all tokens from `firstQuery` on.
package struct AttentionShape {
  package let length: Int
  /// The first token whose output is computed; those before it are only seen.
  package let firstQuery: Int
  /// Of queries.
  package let heads: Int
  /// Channels of all queries of a token.
  package let width: Int
  package let keyValueHeads: Int
  /// Whether a token sees only itself and the tokens before it.
  package let isCausal: Bool

  /// - Parameter keyValueHeads: as many as heads if not given; each serves the same number of consecutive heads.
  package init(
    length: Int, firstQuery: Int = 0, heads: Int, width: Int, keyValueHeads: Int? = nil, isCausal: Bool = true
  ) {
    self.length = length
    self.firstQuery = firstQuery
    self.heads = heads
    self.width = width
    self.keyValueHeads = keyValueHeads ?? heads
    self.isCausal = isCausal
  }

  var queries: Int { length - firstQuery }
  var headWidth: Int { width / heads }
  /// Channels of all keys, or of all values, of a token.
  package var keyWidth: Int { keyValueHeads * headWidth }
  /// Floats of a token's q, k and v.
  package var rowWidth: Int { width + 2 * keyWidth }
  var scale: Float { 1 / Float(headWidth).squareRoot() }

  /// Where the keys of a head of queries begin in a token's row.
  func keyOffset(head: Int) -> Int { width + head / (heads / keyValueHeads) * headWidth }

  /// How many keys the queries of a block see, the last of the block at least.
  func keys(ofBlockFrom first: Int, queries: Int) -> Int { isCausal ? first + queries : length }

  /// The key after which a block's queries differ in what they see; none where each sees all.
  func maskStart(ofBlockFrom first: Int) -> Int { isCausal ? first : length }
}

/// - Parameters: out (queries, width); statistics (heads, queries, 2): top and inverse, saved for backward; qkv (length,
///   row).
package func attentionForward(
  _ out: UnsafeMutablePointer<Float>, _ statistics: UnsafeMutablePointer<Float>, _ qkv: UnsafePointer<Float>,
  _ shape: AttentionShape, mode: MathMode, scratch: MatMulScratch, attention: AttentionScratch
) {
  let d = shape.headWidth
  let row = shape.rowWidth
  attention.reserve(keys: shape.length)
  let scores = attention.scores.pointer
  for head in 0..<shape.heads {
    let q = qkv + head * d
    let k = qkv + shape.keyOffset(head: head)
    let v = k + shape.keyWidth
    for first in stride(from: shape.firstQuery, to: shape.length, by: block) {
      let queries = min(block, shape.length - first)
      let keys = shape.keys(ofBlockFrom: first, queries: queries)
      scoreBlock(
        scores, .rows(k, stride: row), .transposed(q + first * row, stride: row), keys: keys, queries: queries, d, mode,
        scratch)
      softmaxColumns(
        attention, first: shape.maskStart(ofBlockFrom: first), keys: keys, queries: queries, scale: shape.scale)
      let outRow = first - shape.firstQuery
      let saved = statistics + 2 * (head * shape.queries + outRow)
      for i in 0..<queries {
        saved[2 * i] = attention.perQuery.pointer[i]
        saved[2 * i + 1] = attention.perQuery.pointer[block + i]
      }
      let target = out + outRow * shape.width + head * d
      matMul(
        target, cStride: shape.width, .transposed(scores.reading, stride: block), .rows(v, stride: row),
        m: queries, n: d, k: keys, start: .zero, mode: mode, scratch: scratch)
      for i in 0..<queries { scaleRow(target + i * shape.width, by: saved[2 * i + 1], count: d) }
    }
  }
}

/// A block (keys, 32) of products: keys (keys, d) times queries (d, queries), or values times the queries' dOut. The
/// columns of queries past the text are not used.
private func scoreBlock(
  _ scores: UnsafeMutablePointer<Float>, _ keyRows: LeftOperand, _ queryColumns: RightOperand, keys: Int, queries: Int,
  _ headWidth: Int, _ mode: MathMode, _ scratch: MatMulScratch
) {
  matMul(
    scores, cStride: block, keyRows, queryColumns, m: keys, n: queries, k: headWidth, hasWholePanels: true,
    start: .zero, mode: mode, scratch: scratch)
}

/// Turns scores (keys, 32) into unnormalized probabilities; leaves top and inverse of each query in `perQuery`. Half of the
/// columns are left as they are where no query is in them.
/// - Parameter first: of the keys after it, query i sees only i.
private func softmaxColumns(_ a: AttentionScratch, first: Int, keys: Int, queries: Int, scale: Float) {
  let scores = a.scores.pointer
  let lanes = a.lanes.pointer
  for half in stride(from: 0, to: queries, by: 16) {
    var top = Vector(repeating: -.infinity)
    for j in 0..<keys {
      var s = scores.vector(j * block + half) * scale
      if j > first { s.replace(with: -.infinity, where: laneNumber .< Float(j - first - half)) }
      top = maximum(top, s)
    }
    (lanes).update(repeating: 0, count: 16 * 16)
    for j in 0..<keys {
      let s = scores.vector(j * block + half) * scale
      var p = exactExp(s - top)
      if j > first { p.replace(with: 0, where: laneNumber .< Float(j - first - half)) }
      scores.store(p, j * block + half)
      let lane = (j & 15) * 16
      lanes.store(lanes.vector(lane) + p, lane)
    }
    for step in [8, 4, 2, 1] {
      for lane in 0..<step { lanes.store(lanes.vector(lane * 16) + lanes.vector((lane + step) * 16), lane * 16) }
    }
    a.perQuery.pointer.store(top, half)
    a.perQuery.pointer.store(1 / lanes.vector(), block + half)
  }
}

@inline(__always)
private func scaleRow(_ x: UnsafeMutablePointer<Float>, by factor: Float, count: Int) {
  @inline(__always)
  func step(_ c: Int, _ n: Int) { x.store(x.reading.vector(c, first: n) * factor + 0, c, first: n) }
  forEachVector(of: count, step)
}

/// Writes dQkv (length, row); with queries from a later token on, it is what they add to the gradient.
///
///   P = p inverse      dP_ij = dOut_i · v_j      D_i = dOut_i · out_i      dS = P (dP - D) scale
///   dV_j += chain over i of P_ij dOut_i      dK_j += chain over i of dS_ij q_i      dQ_i = chain over j of dS_ij k_j
///
/// Chains over i run in increasing i, head of queries after head where several share keys and values; D is a lane sum
/// over the head's floats with the tree.
package func attentionBackward(
  dQkv: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>, _ out: UnsafePointer<Float>,
  _ statistics: UnsafePointer<Float>, _ qkv: UnsafePointer<Float>, _ shape: AttentionShape, mode: MathMode,
  scratch: MatMulScratch, attention: AttentionScratch
) {
  let d = shape.headWidth
  let width = shape.width
  let row = shape.rowWidth
  attention.reserve(keys: shape.length)
  dQkv.update(repeating: 0, count: shape.length * row)
  let p = attention.scores.pointer
  let dS = attention.dScores.pointer
  /// Adds A B to a gradient (M, d) in dQkv.
  func add(_ c: UnsafeMutablePointer<Float>, _ a: LeftOperand, _ b: RightOperand, m: Int, k: Int) {
    matMul(c, cStride: row, a, b, m: m, n: d, k: k, start: .accumulate, mode: mode, scratch: scratch)
  }
  for head in 0..<shape.heads {
    let q = qkv + head * d
    let k = qkv + shape.keyOffset(head: head)
    let v = k + shape.keyWidth
    let dQ = dQkv + head * d
    let dK = dQkv + shape.keyOffset(head: head)
    let dV = dK + shape.keyWidth
    for first in stride(from: shape.firstQuery, to: shape.length, by: block) {
      let queries = min(block, shape.length - first)
      let keys = shape.keys(ofBlockFrom: first, queries: queries)
      let outRow = first - shape.firstQuery
      let dOutHead = dOut + outRow * width + head * d
      scoreBlock(
        p, .rows(k, stride: row), .transposed(q + first * row, stride: row), keys: keys, queries: queries, d, mode,
        scratch)
      scoreBlock(
        dS, .rows(v, stride: row), .transposed(dOutHead, stride: width), keys: keys, queries: queries, d, mode, scratch)
      loadQueryStatistics(
        attention, statistics + 2 * (head * shape.queries + outRow), dOutHead, out + outRow * width + head * d,
        width: width, headWidth: d, queries: queries)
      softmaxColumnsBackward(
        attention, dOutDotOut: attention.lanes.pointer, first: shape.maskStart(ofBlockFrom: first), keys: keys,
        queries: queries, scale: shape.scale)
      add(dV, .rows(p, stride: block), .rows(dOutHead, stride: width), m: keys, k: queries)
      add(dK, .rows(dS, stride: block), .rows(q + first * row, stride: row), m: keys, k: queries)
      add(dQ + first * row, .transposed(dS.reading, stride: block), .rows(k, stride: row), m: queries, k: keys)
    }
  }
}

/// Writes top and inverse of each query to `perQuery`, D into the first 32 floats of `lanes`; queries past the text get
/// zeros.
private func loadQueryStatistics(
  _ a: AttentionScratch, _ saved: UnsafePointer<Float>, _ dOut: UnsafePointer<Float>, _ out: UnsafePointer<Float>,
  width: Int, headWidth: Int, queries: Int
) {
  for i in 0..<block {
    let real = i < queries
    a.perQuery.pointer[i] = real ? saved[2 * i] : 0
    a.perQuery.pointer[block + i] = real ? saved[2 * i + 1] : 0
    var sum = Vector(repeating: 0)
    if real {
      for c in stride(from: 0, to: headWidth, by: 16) {
        let n = headWidth - c
        sum = fma(dOut.vector(i * width + c, first: n), out.vector(i * width + c, first: n), sum)
      }
    }
    a.lanes.pointer[i] = sum.treeSum
  }
}

/// scores -> P and dP -> dS in place, in the halves with a query.
private func softmaxColumnsBackward(
  _ a: AttentionScratch, dOutDotOut: UnsafeMutablePointer<Float>, first: Int, keys: Int, queries: Int, scale: Float
) {
  let scores = a.scores.pointer
  let dScores = a.dScores.pointer
  for half in stride(from: 0, to: queries, by: 16) {
    let top = a.perQuery.pointer.vector(half)
    let inverse = a.perQuery.pointer.vector(block + half)
    let delta = dOutDotOut.vector(half)
    for j in 0..<keys {
      let s = scores.vector(j * block + half) * scale
      var p = exactExp(s - top) * inverse
      if j > first { p.replace(with: 0, where: laneNumber .< Float(j - first - half)) }
      scores.store(p, j * block + half)
      dScores.store(p * (dScores.vector(j * block + half) - delta) * scale, j * block + half)
    }
  }
}
