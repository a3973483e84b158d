import CVector

// AttentionDecode for two to four queries at once: each key and each value is read once for all of them. Where there are less
// than four, the last one is computed again, with the same result at the same place.

/// Of one head: four blocks of keys at a time, with each query sixteen chains.
func decodeFourScores(
  _ q: UnsafePointer<Float>, _ qStride: Int, _ queries: Int, _ keys: UnsafePointer<Float>, head: Int,
  _ shape: AttentionShape, _ scratch: DecodeScratch
) {
  let blocks = (shape.length + queries - 1 + 15) / 16
  let blockSize = 16 * shape.width
  let channel = head * shape.headWidth
  func query(_ i: Int) -> UnsafePointer<Float> { q + min(i, queries - 1) * qStride + channel }
  func scores(_ i: Int) -> UnsafeMutablePointer<Float> { scratch.scores(min(i, queries - 1), head: head) }
  let (q0, q1, q2, q3) = (query(0), query(1), query(2), query(3))
  let (out0, out1, out2, out3) = (scores(0), scores(1), scores(2), scores(3))
  for b in stride(from: 0, to: blocks, by: 4) {
    // The last group repeats its last block.
    func block(_ i: Int) -> UnsafePointer<Float> { keys + min(b + i, blocks - 1) * blockSize + 16 * channel }
    let (k0, k1, k2, k3) = (block(0), block(1), block(2), block(3))
    var s0 = FourVectors()
    var s1 = FourVectors()
    var s2 = FourVectors()
    var s3 = FourVectors()
    for c in 0..<shape.headWidth {
      let k = FourVectors(k0.vector(16 * c), k1.vector(16 * c), k2.vector(16 * c), k3.vector(16 * c))
      s0.add(Vector(repeating: q0[c]), k)
      s1.add(Vector(repeating: q1[c]), k)
      s2.add(Vector(repeating: q2[c]), k)
      s3.add(Vector(repeating: q3[c]), k)
    }
    s0.store(out0 + 16 * b, count: blocks - b)
    s1.store(out1 + 16 * b, count: blocks - b)
    s2.store(out2 + 16 * b, count: blocks - b)
    s3.store(out3 + 16 * b, count: blocks - b)
  }
}

/// Four vectors of channels at a time, with each query sixteen chains; each vector belongs to one head.
func decodeFourValues(
  _ out: UnsafeMutablePointer<Float>, _ values: UnsafePointer<Float>, _ queries: Int, _ shape: AttentionShape,
  _ scratch: DecodeScratch
) {
  // Vectors of one head have one weight, which is then loaded once for all four.
  if shape.headWidth % 64 == 0 {
    decodeFourValues(out, values, queries, shape, scratch, ofOneHead: true)
  } else {
    decodeFourValues(out, values, queries, shape, scratch, ofOneHead: false)
  }
}

/// - Parameter ofOneHead: whether the four vectors always belong to one head.
@inline(__always)
private func decodeFourValues(
  _ out: UnsafeMutablePointer<Float>, _ values: UnsafePointer<Float>, _ queries: Int, _ shape: AttentionShape,
  _ scratch: DecodeScratch, ofOneHead: Bool
) {
  let width = shape.width
  func query(_ i: Int) -> Int { min(i, queries - 1) }
  // From the probabilities of the first query to those of the others.
  let (o1, o2, o3) = (
    scratch.scores(query(1)) - scratch.scores(0), scratch.scores(query(2)) - scratch.scores(0),
    scratch.scores(query(3)) - scratch.scores(0)
  )
  for c in stride(from: 0, to: width, by: 64) {
    // The last group of a width that is no multiple of 64 repeats its last vector and drops the result.
    let vectors = min(4, (width - c) / 16)
    func column(_ i: Int) -> Int { c + 16 * min(i, vectors - 1) }
    func weights(_ i: Int) -> UnsafePointer<Float> { scratch.scores(0, head: column(i) / shape.headWidth).reading }
    var (p0, p1, p2, p3) = (weights(0), weights(1), weights(2), weights(3))
    let (c1, c2, c3) = (column(1) - c, column(2) - c, column(3) - c)
    var v = values + c
    var s0 = FourVectors()
    var s1 = FourVectors()
    var s2 = FourVectors()
    var s3 = FourVectors()
    @inline(__always)
    func weight(_ offset: Int) -> FourVectors {
      let a = Vector(repeating: p0[offset])
      if ofOneHead { return FourVectors(a, a, a, a) }
      return FourVectors(
        a, Vector(repeating: p1[offset]), Vector(repeating: p2[offset]), Vector(repeating: p3[offset]))
    }
    for _ in 0..<shape.length {
      let value = FourVectors(v.vector(), v.vector(c1), v.vector(c2), v.vector(c3))
      s0.add(weight(0), value)
      s1.add(weight(o1), value)
      s2.add(weight(o2), value)
      s3.add(weight(o3), value)
      p0 += 1
      p1 += 1
      p2 += 1
      p3 += 1
      v += width
    }
    // The tokens of the queries: each query sees those up to its own, and nothing of the others.
    for seen in 0..<queries - 1 {
      let value = FourVectors(v.vector(), v.vector(c1), v.vector(c2), v.vector(c3))
      if query(1) > seen { s1.add(weight(o1), value) }
      if query(2) > seen { s2.add(weight(o2), value) }
      if query(3) > seen { s3.add(weight(o3), value) }
      p0 += 1
      p1 += 1
      p2 += 1
      p3 += 1
      v += width
    }
    func finish(_ sums: FourVectors, _ i: Int) {
      let inverse = scratch.inverse(query(i))
      func of(_ vector: Int) -> Float { inverse[column(vector) / shape.headWidth] }
      FourVectors(sums.a * of(0) + 0, sums.b * of(1) + 0, sums.c * of(2) + 0, sums.d * of(3) + 0)
        .store(out + query(i) * width + c, count: vectors)
    }
    finish(s0, 0)
    finish(s1, 1)
    finish(s2, 2)
    finish(s3, 3)
  }
}
