// Attention of a text's newest tokens over a cache of keys and values, with the order of operations of Attention.swift.
//
// Keys are cached in blocks of sixteen, transposed: block b holds (width, 16), so that the scores of sixteen keys are one
// vector. Values are cached as they come, (length, width).

/// Floats of the key cache for up to `length` tokens.
package func keyCacheCount(length: Int, width: Int) -> Int { (length + 15) / 16 * 16 * width }

/// Queries that are taken together, so that keys and values are read once for all.
let decodeQueries = 4

/// Of one thread, for each query that is taken together: scores, (heads, length rounded up to 64), and one inverse for each
/// head.
package final class DecodeScratch {
  let stride: Int
  let heads: Int
  private let scoreBuffer: FloatBuffer
  private let inverseBuffer: FloatBuffer

  package init(heads: Int, length: Int) {
    stride = (length + 63) / 64 * 64
    self.heads = heads
    scoreBuffer = FloatBuffer(count: decodeQueries * heads * stride)
    inverseBuffer = FloatBuffer(count: decodeQueries * heads)
  }

  func scores(_ query: Int, head: Int = 0) -> UnsafeMutablePointer<Float> {
    scoreBuffer.pointer + (query * heads + head) * stride
  }

  /// For each head.
  func inverse(_ query: Int) -> UnsafeMutablePointer<Float> { inverseBuffer.pointer + query * heads }
}

/// Appends k and v of the token at `position` to the caches.
package func appendToCache(
  keys: UnsafeMutablePointer<Float>, values: UnsafeMutablePointer<Float>, k: UnsafePointer<Float>,
  v: UnsafePointer<Float>, position: Int, width: Int
) {
  let block = keys + (position / 16) * 16 * width + position % 16
  for c in 0..<width { block[16 * c] = k[c] }
  (values + position * width).update(from: v, count: width)
}

/// Attention of the last tokens of a text, each over itself and what came before.
///
/// - Parameters:
///   - out: (queries, width).
///   - q: query i (width) at `q + i * qStride`, of token `length - queries + i`.
///   - keys, values: caches that hold `length` tokens, those of the queries included.
package func attentionDecode(
  _ out: UnsafeMutablePointer<Float>, q: UnsafePointer<Float>, qStride: Int = 0, queries: Int = 1,
  keys: UnsafePointer<Float>, values: UnsafePointer<Float>, length: Int, heads: Int, width: Int, scratch: DecodeScratch
) {
  for first in stride(from: 0, to: queries, by: decodeQueries) {
    let count = min(decodeQueries, queries - first)
    let shape = AttentionShape(length: length - queries + first + 1, heads: heads, width: width)
    decode(out + first * width, q + first * qStride, qStride, count, keys, values, shape, scratch)
  }
}

/// Up to four queries, of which the first sees `shape.length` tokens, and each other one more.
private func decode(
  _ out: UnsafeMutablePointer<Float>, _ q: UnsafePointer<Float>, _ qStride: Int, _ queries: Int,
  _ keys: UnsafePointer<Float>, _ values: UnsafePointer<Float>, _ shape: AttentionShape, _ scratch: DecodeScratch
) {
  for head in 0..<shape.heads {
    let channel = head * shape.headWidth
    // A single query would do the work of four.
    if queries == 1 {
      decodeScores(scratch.scores(0, head: head), q, keys, channel: channel, shape)
    } else {
      decodeFourScores(q, qStride, queries, keys, head: head, shape, scratch)
    }
    for query in 0..<queries {
      scratch.inverse(query)[head] = decodeSoftmax(
        scratch.scores(query, head: head), length: shape.length + query, scale: shape.scale)
    }
  }
  if shape.headWidth % 16 != 0 {
    for query in 0..<queries { decodeValuesNarrow(out, values, shape, query, scratch) }
  } else if queries == 1 {
    decodeValues(out, values, shape, scratch)
  } else {
    decodeFourValues(out, values, queries, shape, scratch)
  }
}

/// Four blocks of keys at a time, so that four chains run side by side.
private func decodeScores(
  _ scores: UnsafeMutablePointer<Float>, _ q: UnsafePointer<Float>, _ keys: UnsafePointer<Float>, channel: Int,
  _ shape: AttentionShape
) {
  let blocks = (shape.length + 15) / 16
  let blockSize = 16 * shape.width
  let query = q + channel
  var b = 0
  while b + 4 <= blocks {
    let k0 = keys + b * blockSize + 16 * channel
    let k1 = k0 + blockSize
    let k2 = k1 + blockSize
    let k3 = k2 + blockSize
    var s0 = Vector(repeating: 0)
    var s1 = s0
    var s2 = s0
    var s3 = s0
    for c in 0..<shape.headWidth {
      let x = Vector(repeating: query[c])
      s0 = fma(x, k0.vector(16 * c), s0)
      s1 = fma(x, k1.vector(16 * c), s1)
      s2 = fma(x, k2.vector(16 * c), s2)
      s3 = fma(x, k3.vector(16 * c), s3)
    }
    scores.store(s0, 16 * b)
    scores.store(s1, 16 * b + 16)
    scores.store(s2, 16 * b + 32)
    scores.store(s3, 16 * b + 48)
    b += 4
  }
  while b < blocks {
    let k = keys + b * blockSize + 16 * channel
    var s = Vector(repeating: 0)
    for c in 0..<shape.headWidth { s = fma(Vector(repeating: query[c]), k.vector(16 * c), s) }
    scores.store(s, 16 * b)
    b += 1
  }
}

/// Scores to unnormalized probabilities; returns the inverse of their total.
private func decodeSoftmax(_ scores: UnsafeMutablePointer<Float>, length: Int, scale: Float) -> Float {
  var top = Vector(repeating: -.infinity)
  for j in stride(from: 0, to: length, by: 16) {
    var s = scores.vector(j) * scale
    if length - j < 16 { s.replace(with: -.infinity, where: laneNumber .>= Float(length - j)) }
    top = maximum(top, s)
  }
  let largest = top.largest
  var total = Vector(repeating: 0)
  for j in stride(from: 0, to: length, by: 16) {
    var p = exactExp(scores.vector(j) * scale - largest)
    if length - j < 16 { p.replace(with: 0, where: laneNumber .>= Float(length - j)) }
    scores.store(p, j)
    total += p
  }
  return 1 / total.treeSum
}

/// Eight vectors of channels at a time; each belongs to one head.
private func decodeValues(
  _ out: UnsafeMutablePointer<Float>, _ values: UnsafePointer<Float>, _ shape: AttentionShape, _ scratch: DecodeScratch
) {
  let width = shape.width
  func row(_ c: Int) -> UnsafePointer<Float> {
    scratch.scores(0, head: min(c, width - 16) / shape.headWidth).reading
  }
  func finish(_ sum: Vector, _ c: Int) {
    if c < width { out.store(sum * scratch.inverse(0)[c / shape.headWidth] + 0, c) }
  }
  for c in stride(from: 0, to: width, by: 128) {
    let p0 = row(c)
    let p1 = row(c + 16)
    let p2 = row(c + 32)
    let p3 = row(c + 48)
    let p4 = row(c + 64)
    let p5 = row(c + 80)
    let p6 = row(c + 96)
    let p7 = row(c + 112)
    var s0 = Vector(repeating: 0)
    var s1 = s0
    var s2 = s0
    var s3 = s0
    var s4 = s0
    var s5 = s0
    var s6 = s0
    var s7 = s0
    var v = values + c
    // The last group of a width that is no multiple of 128 repeats its last vector and drops the result.
    let last = width - c - 16
    let o1 = min(16, last)
    let o2 = min(32, last)
    let o3 = min(48, last)
    let o4 = min(64, last)
    let o5 = min(80, last)
    let o6 = min(96, last)
    let o7 = min(112, last)
    for j in 0..<shape.length {
      s0 = fma(Vector(repeating: p0[j]), v.vector(), s0)
      s1 = fma(Vector(repeating: p1[j]), v.vector(o1), s1)
      s2 = fma(Vector(repeating: p2[j]), v.vector(o2), s2)
      s3 = fma(Vector(repeating: p3[j]), v.vector(o3), s3)
      s4 = fma(Vector(repeating: p4[j]), v.vector(o4), s4)
      s5 = fma(Vector(repeating: p5[j]), v.vector(o5), s5)
      s6 = fma(Vector(repeating: p6[j]), v.vector(o6), s6)
      s7 = fma(Vector(repeating: p7[j]), v.vector(o7), s7)
      v += width
    }
    finish(s0, c)
    finish(s1, c + 16)
    finish(s2, c + 32)
    finish(s3, c + 48)
    finish(s4, c + 64)
    finish(s5, c + 80)
    finish(s6, c + 96)
    finish(s7, c + 112)
  }
}

/// Heads that are no multiple of a vector wide.
private func decodeValuesNarrow(
  _ out: UnsafeMutablePointer<Float>, _ values: UnsafePointer<Float>, _ shape: AttentionShape, _ query: Int,
  _ scratch: DecodeScratch
) {
  let d = shape.headWidth
  for head in 0..<shape.heads {
    let p = scratch.scores(query, head: head)
    for c in stride(from: 0, to: d, by: 16) {
      var sum = Vector(repeating: 0)
      let column = values + head * d + c
      for j in 0..<shape.length + query {
        sum = fma(Vector(repeating: p[j]), column.vector(j * shape.width, first: d - c), sum)
      }
      (out + query * shape.width).store(sum * scratch.inverse(query)[head] + 0, head * d + c, first: d - c)
    }
  }
}
