import CVector

// AttentionDecode for up to four queries at once: each key and each value is read once for all of them. They are those
// of consecutive tokens, or, where heads share keys and values, those of such heads at one token. Reading takes
// most of the time. So fewer than four queries read the same and only leave out the missing sums. What is read next is
// prefetched as four streams at once (InterleavedPrefetch.swift), because it comes from memory: the keys and values of
// all texts do not fit in the processor's caches.

/// How many queries are processed together.
let decodeQueries = 4

/// The scores of one head of the cache.
func decodeScores(_ queries: DecodeQueries, _ cache: KeyValueCache, head: Int, _ scratch: DecodeScratch) {
  switch queries.count {
  case 1: decodeScores(queries, count: 1, cache, head: head, scratch)
  case 2: decodeScores(queries, count: 2, cache, head: head, scratch)
  case 3: decodeScores(queries, count: 3, cache, head: head, scratch)
  default: decodeScores(queries, count: 4, cache, head: head, scratch)
  }
}

/// The outputs of all heads.
func decodeValues(
  _ queries: DecodeQueries, _ cache: KeyValueCache, nextKeys: UnsafePointer<Float>?, _ scratch: DecodeScratch
) {
  // Where the four vectors belong to one head, they share a weight, which is then loaded once.
  let ofOneHead = queries.headWidth % KeyValueCache.panelWidth == 0
  switch (queries.count, ofOneHead) {
  case (1, true): decodeValues(queries, count: 1, cache, nextKeys, scratch, ofOneHead: true)
  case (1, false): decodeValues(queries, count: 1, cache, nextKeys, scratch, ofOneHead: false)
  case (2, true): decodeValues(queries, count: 2, cache, nextKeys, scratch, ofOneHead: true)
  case (2, false): decodeValues(queries, count: 2, cache, nextKeys, scratch, ofOneHead: false)
  case (3, true): decodeValues(queries, count: 3, cache, nextKeys, scratch, ofOneHead: true)
  case (3, false): decodeValues(queries, count: 3, cache, nextKeys, scratch, ofOneHead: false)
  case (_, true): decodeValues(queries, count: 4, cache, nextKeys, scratch, ofOneHead: true)
  case (_, false): decodeValues(queries, count: 4, cache, nextKeys, scratch, ofOneHead: false)
  }
}

/// Four blocks of keys at a time: four chains for each query.
@inline(__always)
private func decodeScores(
  _ queries: DecodeQueries, count: Int, _ cache: KeyValueCache, head: Int, _ scratch: DecodeScratch
) {
  let headWidth = queries.headWidth
  let blocks = (queries.seenByLast + 15) / 16
  let channel = head * headWidth
  let q0 = queries.q + head * queries.headStride
  let (q1, q2, q3) = (q0 + queries.qStride, q0 + 2 * queries.qStride, q0 + 3 * queries.qStride)
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
      if head + 1 < cache.heads { return block(i, channel: channel + headWidth) }
      return cache.values.reading + i * queries.seen * cache.stride(0) / 4
    }
    let (n0, n1, n2, n3) = (next(0), next(1), next(2), next(3))
    var s0 = FourVectors()
    var s1 = FourVectors()
    var s2 = FourVectors()
    var s3 = FourVectors()
    for c in 0..<headWidth {
      swerve_prefetch(n0 + 16 * c)
      swerve_prefetch(n1 + 16 * c)
      swerve_prefetch(n2 + 16 * c)
      swerve_prefetch(n3 + 16 * c)
      let k = FourVectors(k0.vector(16 * c), k1.vector(16 * c), k2.vector(16 * c), k3.vector(16 * c))
      s0.add(Vector(repeating: q0[c]), k)
      if count > 1 { s1.add(Vector(repeating: q1[c]), k) }
      if count > 2 { s2.add(Vector(repeating: q2[c]), k) }
      if count > 3 { s3.add(Vector(repeating: q3[c]), k) }
    }
    func store(_ sums: FourVectors, _ query: Int) {
      if query < count { sums.store(scratch.scores(query, head: head) + 16 * b, count: blocks - b) }
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
  _ queries: DecodeQueries, count: Int, _ cache: KeyValueCache, _ nextKeys: UnsafePointer<Float>?,
  _ scratch: DecodeScratch, ofOneHead: Bool
) {
  let (width, headWidth) = (cache.width, queries.headWidth)
  // From the probabilities of one query to those of the next.
  let nextQuery = scratch.scores(1) - scratch.scores(0)
  for c in stride(from: 0, to: width, by: KeyValueCache.panelWidth) {
    // The last panel of a width that is no multiple of four vectors repeats its last vector and drops the result.
    let panelWidth = cache.stride(c)
    let vectors = panelWidth / 16
    func column(_ i: Int) -> Int { c + 16 * min(i, vectors - 1) }
    func weights(_ i: Int) -> UnsafePointer<Float> { scratch.scores(0, head: column(i) / headWidth).reading }
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
    /// The next token's value, for the queries from `first` on.
    @inline(__always)
    func add(from first: Int) {
      let value = FourVectors(v.vector(), v.vector(c1), v.vector(c2), v.vector(c3))
      if first == 0 { s0.add(weight(0), value) }
      if first <= 1 && count > 1 { s1.add(weight(1), value) }
      if first <= 2 && count > 2 { s2.add(weight(2), value) }
      if count > 3 { s3.add(weight(3), value) }
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
      ? InterleavedPrefetch(cache.value(next), count: queries.seen * cache.stride(next))
      : InterleavedPrefetch(nextKeys ?? cache.keys.reading, count: cache.keyBlockCount)
    for _ in 0..<queries.seen {
      ahead.ask()
      add(from: 0)
    }
    // Queries of consecutive tokens: each sees the tokens up to its own, but not the later ones.
    if queries.growth > 0 {
      if count > 1 { add(from: 1) }
      if count > 2 { add(from: 2) }
      if count > 3 { add(from: 3) }
    }
    func finish(_ sums: FourVectors, _ query: Int) {
      if query >= count { return }
      let inverse = scratch.inverse(query)
      func of(_ vector: Int) -> Float { inverse[column(vector) / headWidth] }
      func place(_ vector: Int) -> UnsafeMutablePointer<Float> {
        queries.out + query * queries.outStride + queries.place(column(vector))
      }
      place(0).store(sums.a * of(0) + 0)
      if vectors > 1 { place(1).store(sums.b * of(1) + 0) }
      if vectors > 2 { place(2).store(sums.c * of(2) + 0) }
      if vectors > 3 { place(3).store(sums.d * of(3) + 0) }
    }
    finish(s0, 0)
    finish(s1, 1)
    finish(s2, 2)
    finish(s3, 3)
  }
}
