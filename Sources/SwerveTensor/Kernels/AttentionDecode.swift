// Attention of a text's newest tokens over a cache of keys and values, with the order of operations of Attention.swift.

/// Scratch of one thread. For each of the queries that are processed together, it holds the scores (heads, length
/// rounded up to 64) and one inverse for each head.
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

  /// The inverses of a query, one for each head.
  func inverse(_ query: Int) -> UnsafeMutablePointer<Float> { inverseBuffer.pointer + query * heads }
}

/// Attention of the last tokens of a text. Each attends to itself and to the tokens before it.
///
/// - Parameters:
///   - out: (queries, width).
///   - q: query i (width) at `q + i * qStride`, of token `length - queries + i`.
///   - cache: holds `length` tokens, those of the queries included.
///   - nextKeys: the block of keys that the next text's token will be written to, in a cache as wide as this one; it is
///     prefetched meanwhile.
package func attentionDecode(
  _ out: UnsafeMutablePointer<Float>, q: UnsafePointer<Float>, qStride: Int = 0, queries: Int = 1,
  _ cache: KeyValueCache, length: Int, nextKeys: UnsafePointer<Float>? = nil, scratch: DecodeScratch
) {
  let width = cache.width
  for first in stride(from: 0, to: queries, by: decodeQueries) {
    let count = min(decodeQueries, queries - first)
    let shape = AttentionShape(length: length - queries + first + 1, heads: cache.heads, width: width)
    decode(out + first * width, q + first * qStride, qStride, count, cache, shape, nextKeys: nextKeys, scratch)
  }
}

/// Up to four queries: the first sees `shape.length` tokens, and each of the others sees one more than the one before.
private func decode(
  _ out: UnsafeMutablePointer<Float>, _ q: UnsafePointer<Float>, _ qStride: Int, _ queries: Int,
  _ cache: KeyValueCache, _ shape: AttentionShape, nextKeys: UnsafePointer<Float>?, _ scratch: DecodeScratch
) {
  for head in 0..<shape.heads {
    decodeScores(q, qStride, queries, cache, head: head, shape, scratch)
    for query in 0..<queries {
      scratch.inverse(query)[head] = decodeSoftmax(
        scratch.scores(query, head: head), length: shape.length + query, scale: shape.scale)
    }
  }
  if shape.headWidth % 16 != 0 {
    for query in 0..<queries { decodeValuesNarrow(out, cache, shape, query, scratch) }
  } else {
    decodeValues(out, cache, queries, shape, nextKeys: nextKeys, scratch)
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

/// For heads whose width is no multiple of a vector.
private func decodeValuesNarrow(
  _ out: UnsafeMutablePointer<Float>, _ cache: KeyValueCache, _ shape: AttentionShape, _ query: Int,
  _ scratch: DecodeScratch
) {
  let d = shape.headWidth
  for head in 0..<shape.heads {
    let p = scratch.scores(query, head: head)
    let valueStride = cache.stride(head * d)
    for c in stride(from: 0, to: d, by: 16) {
      var sum = Vector(repeating: 0)
      let column = cache.value(head * d + c).reading
      for j in 0..<shape.length + query {
        sum = fma(Vector(repeating: p[j]), column.vector(j * valueStride, first: d - c), sum)
      }
      (out + query * shape.width).store(sum * scratch.inverse(query)[head] + 0, head * d + c, first: d - c)
    }
  }
}
