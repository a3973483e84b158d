// Attention of a text's newest tokens over a cache of keys and values, with the order of operations of Attention.swift.

/// Scratch of one thread. For each of the queries that are processed together, it holds the scores (heads, length
/// rounded up to 64) and one inverse for each head. Heads are those of keys and values.
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
///   - heads: of the queries; as many as the cache has if not given.
///   - cache: holds `length` tokens, those of the queries included.
///   - nextKeys: the block of keys that the next text's token will be written to, in a cache as wide as this one; it is
///     prefetched meanwhile.
package func attentionDecode(
  _ out: UnsafeMutablePointer<Float>, q: UnsafePointer<Float>, qStride: Int = 0, queries: Int = 1, heads: Int? = nil,
  _ cache: KeyValueCache, length: Int, nextKeys: UnsafePointer<Float>? = nil, scratch: DecodeScratch
) {
  let headWidth = cache.width / cache.heads
  let group = (heads ?? cache.heads) / cache.heads
  let width = group * cache.width
  if group == 1 {
    for first in stride(from: 0, to: queries, by: decodeQueries) {
      let together = DecodeQueries(
        q: q + first * qStride, qStride: qStride, out: out + first * width, outStride: width,
        count: min(decodeQueries, queries - first), headStride: headWidth, headWidth: headWidth,
        seen: length - queries + first + 1, growth: 1)
      decode(together, cache, nextKeys: nextKeys, scratch)
    }
    return
  }
  // The queries of one token that share a head of keys and values are processed together.
  for token in 0..<queries {
    for first in stride(from: 0, to: group, by: decodeQueries) {
      let together = DecodeQueries(
        q: q + token * qStride + first * headWidth, qStride: headWidth, out: out + token * width + first * headWidth,
        outStride: headWidth, count: min(decodeQueries, group - first), headStride: group * headWidth,
        headWidth: headWidth, seen: length - queries + token + 1, growth: 0)
      decode(together, cache, nextKeys: nextKeys, scratch)
    }
  }
}

/// Up to four queries that read the same keys and values: those of consecutive tokens, or those of heads that share
/// keys and values.
struct DecodeQueries {
  /// The first query for the first head of the cache.
  let q: UnsafePointer<Float>
  /// The distance from one query to the next.
  let qStride: Int
  /// The same of the outputs.
  let out: UnsafeMutablePointer<Float>
  let outStride: Int
  let count: Int
  /// From what belongs to one head of the cache to what belongs to the next, in queries and in outputs.
  let headStride: Int
  let headWidth: Int
  /// How many tokens the first query sees, and how many more each of the others sees than the one before.
  let seen: Int
  let growth: Int

  var scale: Float { 1 / Float(headWidth).squareRoot() }
  /// How many tokens the last query sees.
  var seenByLast: Int { seen + (count - 1) * growth }
  /// Where the output of a channel of the cache goes, counted from the query's output.
  func place(_ channel: Int) -> Int {
    if headStride == headWidth { return channel }
    return channel / headWidth * headStride + channel % headWidth
  }
}

private func decode(
  _ queries: DecodeQueries, _ cache: KeyValueCache, nextKeys: UnsafePointer<Float>?, _ scratch: DecodeScratch
) {
  for head in 0..<cache.heads {
    decodeScores(queries, cache, head: head, scratch)
    for query in 0..<queries.count {
      scratch.inverse(query)[head] = decodeSoftmax(
        scratch.scores(query, head: head), length: queries.seen + query * queries.growth, scale: queries.scale)
    }
  }
  if queries.headWidth % 16 != 0 {
    for query in 0..<queries.count { decodeValuesNarrow(queries, cache, query, scratch) }
  } else {
    decodeValues(queries, cache, nextKeys: nextKeys, scratch)
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
  _ queries: DecodeQueries, _ cache: KeyValueCache, _ query: Int, _ scratch: DecodeScratch
) {
  let d = queries.headWidth
  let out = queries.out + query * queries.outStride
  for head in 0..<cache.heads {
    let p = scratch.scores(query, head: head)
    let valueStride = cache.stride(head * d)
    for c in stride(from: 0, to: d, by: 16) {
      var sum = Vector(repeating: 0)
      let column = cache.value(head * d + c).reading
      for j in 0..<queries.seen + query * queries.growth {
        sum = fma(Vector(repeating: p[j]), column.vector(j * valueStride, first: d - c), sum)
      }
      out.store(sum * scratch.inverse(query)[head] + 0, head * queries.headStride + c, first: d - c)
    }
  }
}
