import CVector

// AttentionDecode for up to four queries at once: each key and each value is read once for all of them. Reading takes
// most of the time. So fewer than four queries read the same and only leave out the missing sums. What is read next is
// prefetched as four streams at once (InterleavedPrefetch.swift), because it comes from memory: the keys and values of
// all texts do not fit in the processor's caches.

/// How many queries are processed together.
let decodeQueries = 4

/// The scores of one head: query i over `shape.length + i` keys.
func decodeScores(
  _ q: UnsafePointer<Float>, _ qStride: Int, _ queries: Int, _ cache: KeyValueCache, head: Int,
  _ shape: AttentionShape, _ scratch: DecodeScratch
) {
  switch queries {
  case 1: decodeScores(q, qStride, queries: 1, cache, head: head, shape, scratch)
  case 2: decodeScores(q, qStride, queries: 2, cache, head: head, shape, scratch)
  case 3: decodeScores(q, qStride, queries: 3, cache, head: head, shape, scratch)
  default: decodeScores(q, qStride, queries: 4, cache, head: head, shape, scratch)
  }
}

/// The outputs of all heads.
func decodeValues(
  _ out: UnsafeMutablePointer<Float>, _ cache: KeyValueCache, _ queries: Int, _ shape: AttentionShape,
  nextKeys: UnsafePointer<Float>?, _ scratch: DecodeScratch
) {
  // Where the four vectors belong to one head, they share a weight, which is then loaded once.
  let ofOneHead = shape.headWidth % KeyValueCache.panelWidth == 0
  switch (queries, ofOneHead) {
  case (1, true): decodeValues(out, cache, queries: 1, shape, nextKeys, scratch, ofOneHead: true)
  case (1, false): decodeValues(out, cache, queries: 1, shape, nextKeys, scratch, ofOneHead: false)
  case (2, true): decodeValues(out, cache, queries: 2, shape, nextKeys, scratch, ofOneHead: true)
  case (2, false): decodeValues(out, cache, queries: 2, shape, nextKeys, scratch, ofOneHead: false)
  case (3, true): decodeValues(out, cache, queries: 3, shape, nextKeys, scratch, ofOneHead: true)
  case (3, false): decodeValues(out, cache, queries: 3, shape, nextKeys, scratch, ofOneHead: false)
  case (_, true): decodeValues(out, cache, queries: 4, shape, nextKeys, scratch, ofOneHead: true)
  case (_, false): decodeValues(out, cache, queries: 4, shape, nextKeys, scratch, ofOneHead: false)
  }
}

/// Four blocks of keys at a time: four chains for each query.
@inline(__always)
private func decodeScores(
  _ q: UnsafePointer<Float>, _ qStride: Int, queries: Int, _ cache: KeyValueCache, head: Int,
  _ shape: AttentionShape, _ scratch: DecodeScratch
) {
  let blocks = (shape.length + queries - 1 + 15) / 16
  let channel = head * shape.headWidth
  let q0 = q + channel
  let (q1, q2, q3) = (q0 + qStride, q0 + 2 * qStride, q0 + 3 * qStride)
  /// Block i of a head; past the last block, the last block again.
  func block(_ i: Int, channel: Int) -> UnsafePointer<Float> {
    cache.keys.reading + min(i, blocks - 1) * cache.keyBlockCount + 16 * channel
  }
  for b in stride(from: 0, to: blocks, by: 4) {
    func current(_ i: Int) -> UnsafePointer<Float> { block(b + i, channel: channel) }
    let (k0, k1, k2, k3) = (current(0), current(1), current(2), current(3))
    // The next blocks, the first ones of the next head, or the first values.
    func next(_ i: Int) -> UnsafePointer<Float> {
      if b + 4 < blocks { return block(b + 4 + i, channel: channel) }
      if head + 1 < shape.heads { return block(i, channel: channel + shape.headWidth) }
      return cache.values.reading + i * shape.length * cache.stride(0) / 4
    }
    let (n0, n1, n2, n3) = (next(0), next(1), next(2), next(3))
    var s0 = FourVectors()
    var s1 = FourVectors()
    var s2 = FourVectors()
    var s3 = FourVectors()
    for c in 0..<shape.headWidth {
      swerve_prefetch(n0 + 16 * c)
      swerve_prefetch(n1 + 16 * c)
      swerve_prefetch(n2 + 16 * c)
      swerve_prefetch(n3 + 16 * c)
      let k = FourVectors(k0.vector(16 * c), k1.vector(16 * c), k2.vector(16 * c), k3.vector(16 * c))
      s0.add(Vector(repeating: q0[c]), k)
      if queries > 1 { s1.add(Vector(repeating: q1[c]), k) }
      if queries > 2 { s2.add(Vector(repeating: q2[c]), k) }
      if queries > 3 { s3.add(Vector(repeating: q3[c]), k) }
    }
    func store(_ sums: FourVectors, _ query: Int) {
      if query < queries { sums.store(scratch.scores(query, head: head) + 16 * b, count: blocks - b) }
    }
    store(s0, 0)
    store(s1, 1)
    store(s2, 2)
    store(s3, 3)
  }
}

/// Four vectors of channels at a time: four chains for each query. Each vector belongs to one head.
/// - Parameter ofOneHead: whether the four vectors always belong to one head.
@inline(__always)
private func decodeValues(
  _ out: UnsafeMutablePointer<Float>, _ cache: KeyValueCache, queries: Int, _ shape: AttentionShape,
  _ nextKeys: UnsafePointer<Float>?, _ scratch: DecodeScratch, ofOneHead: Bool
) {
  let width = shape.width
  // From the probabilities of one query to those of the next.
  let nextQuery = scratch.scores(1) - scratch.scores(0)
  for c in stride(from: 0, to: width, by: KeyValueCache.panelWidth) {
    // The last panel of a width that is no multiple of four vectors repeats its last vector and drops the result.
    let panelWidth = cache.stride(c)
    let vectors = panelWidth / 16
    func column(_ i: Int) -> Int { c + 16 * min(i, vectors - 1) }
    func weights(_ i: Int) -> UnsafePointer<Float> { scratch.scores(0, head: column(i) / shape.headWidth).reading }
    var (p0, p1, p2, p3) = (weights(0), weights(1), weights(2), weights(3))
    let (c1, c2, c3) = (column(1) - c, column(2) - c, column(3) - c)
    var v = cache.value(c).reading
    var s0 = FourVectors()
    var s1 = FourVectors()
    var s2 = FourVectors()
    var s3 = FourVectors()
    @inline(__always)
    func weight(_ query: Int) -> FourVectors {
      let offset = query * nextQuery
      let a = Vector(repeating: p0[offset])
      if ofOneHead { return FourVectors(a, a, a, a) }
      return FourVectors(
        a, Vector(repeating: p1[offset]), Vector(repeating: p2[offset]), Vector(repeating: p3[offset]))
    }
    /// The next token's value, for the queries that see it: from `first` on.
    @inline(__always)
    func add(from first: Int) {
      let value = FourVectors(v.vector(), v.vector(c1), v.vector(c2), v.vector(c3))
      if first == 0 { s0.add(weight(0), value) }
      if first <= 1 && queries > 1 { s1.add(weight(1), value) }
      if first <= 2 && queries > 2 { s2.add(weight(2), value) }
      if queries > 3 { s3.add(weight(3), value) }
      p0 += 1
      p1 += 1
      p2 += 1
      p3 += 1
      v += panelWidth
    }
    // The next panel, or what is needed after this call. Where the caller did not say what that is, the first keys
    // again.
    let next = c + panelWidth
    var ahead =
      next < width
      ? InterleavedPrefetch(cache.value(next), count: shape.length * cache.stride(next))
      : InterleavedPrefetch(nextKeys ?? cache.keys.reading, count: cache.keyBlockCount)
    for _ in 0..<shape.length {
      ahead.ask()
      add(from: 0)
    }
    // The tokens of the queries themselves: each query sees those up to its own, but not the later ones.
    if queries > 1 { add(from: 1) }
    if queries > 2 { add(from: 2) }
    if queries > 3 { add(from: 3) }
    func finish(_ sums: FourVectors, _ query: Int) {
      if query >= queries { return }
      let inverse = scratch.inverse(query)
      func of(_ vector: Int) -> Float { inverse[column(vector) / shape.headWidth] }
      FourVectors(sums.a * of(0) + 0, sums.b * of(1) + 0, sums.c * of(2) + 0, sums.d * of(3) + 0)
        .store(out + query * width + c, count: vectors)
    }
    finish(s0, 0)
    finish(s1, 1)
    finish(s2, 2)
    finish(s3, 3)
  }
}
