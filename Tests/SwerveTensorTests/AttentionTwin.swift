import SwerveTestSupport

@testable import SwerveTensor

/// Attention of one text, one query after the other, in the order of operations that Attention.swift states.
struct AttentionTwin: CustomStringConvertible {
  let length: Int
  let heads: Int
  let headWidth: Int
  let keyValueHeads: Int
  let isCausal: Bool
  let seed: UInt64
  /// (length, row): q, k and v of a token side by side.
  var qkv: [Float]
  /// (length, width)
  var dOut: [Float]

  init(length: Int, heads: Int, headWidth: Int, keyValueHeads: Int? = nil, isCausal: Bool = true, seed: UInt64) {
    (self.length, self.heads, self.headWidth, self.seed) = (length, heads, headWidth, seed)
    (self.keyValueHeads, self.isCausal) = (keyValueHeads ?? heads, isCausal)
    var random = TestRandom(seed, "tests/attention")
    let row = (heads + 2 * self.keyValueHeads) * headWidth
    qkv = random.normals(length * row, standardDeviation: random.uniform(0.3...2))
    dOut = random.normals(length * heads * headWidth)
  }

  var description: String {
    "length \(length), heads \(heads) and \(keyValueHeads) of \(headWidth), causal \(isCausal), seed \(seed)"
  }
  var width: Int { heads * headWidth }
  var keyWidth: Int { keyValueHeads * headWidth }
  var rowWidth: Int { width + 2 * keyWidth }
  var shape: AttentionShape {
    AttentionShape(length: length, heads: heads, width: width, keyValueHeads: keyValueHeads, isCausal: isCausal)
  }
  var scale: Float { 1 / Float(headWidth).squareRoot() }

  /// Where a channel of the queries lies in a token's row (part 0), or that of the keys (1) or values (2) it meets.
  func place(_ token: Int, _ part: Int, _ channel: Int) -> Int {
    if part == 0 { return token * rowWidth + channel }
    let head = channel / headWidth * keyValueHeads / heads
    return token * rowWidth + width + (part - 1) * keyWidth + head * headWidth + channel % headWidth
  }

  /// part 0, 1, 2: q, k, v of a token.
  func qkv(_ token: Int, _ part: Int, _ channel: Int) -> Float { qkv[place(token, part, channel)] }

  /// (chain over d of fma(q, k, .)) scale of query i and key j.
  private func score(_ i: Int, _ j: Int, _ head: Int) -> Float {
    var sum: Float = 0
    for c in head * headWidth..<(head + 1) * headWidth { sum = fused(qkv(i, 0, c), qkv(j, 1, c), sum) }
    return sum * scale
  }

  /// The keys of query i's block, of which those after i have a p of 0.
  private func keys(_ i: Int) -> Range<Int> { 0..<(isCausal ? min(i / 32 * 32 + 32, length) : length) }

  private func sees(_ i: Int, _ j: Int) -> Bool { !isCausal || j <= i }

  /// out (length, width) and statistics (heads, length, 2).
  func forward() -> (out: [Float], statistics: [Float]) {
    var out = [Float](repeating: 0, count: length * width)
    var statistics: [Float] = []
    for head in 0..<heads {
      for i in 0..<length {
        let scores = keys(i).filter { sees(i, $0) }.map { score(i, $0, head) }
        let top = naiveLargest(scores)
        let p = keys(i).map { !sees(i, $0) ? 0 : exactExp(scores[$0] - top) }
        let inverse = 1 / naiveLanes(p.count) { $0 + p[$1] }
        statistics += [top, inverse]
        for c in head * headWidth..<(head + 1) * headWidth {
          var sum: Float = 0
          for (j, p) in p.enumerated() { sum = fused(p, qkv(j, 2, c), sum) }
          out[i * width + c] = sum * inverse + 0
        }
      }
    }
    return (out, statistics)
  }

  /// dQkv (length, row).
  func backward() -> [Float] {
    var dQkv = [Float](repeating: 0, count: length * rowWidth)
    let (out, statistics) = forward()
    for head in 0..<heads {
      let channels = head * headWidth..<(head + 1) * headWidth
      for i in 0..<length {
        let row = i * width + head * headWidth
        let delta = naiveLanes(headWidth) { fused(dOut[row + $1], out[row + $1], $0) }
        let top = statistics[2 * (head * length + i)]
        let inverse = statistics[2 * (head * length + i) + 1]
        for j in keys(i) {
          let p = !sees(i, j) ? 0 : exactExp(score(i, j, head) - top) * inverse
          var dP: Float = 0
          for c in channels { dP = fused(qkv(j, 2, c), dOut[i * width + c], dP) }
          let dS = p * (dP - delta) * scale
          for c in channels {
            let dQ = place(i, 0, c)
            let dK = place(j, 1, c)
            let dV = place(j, 2, c)
            dQkv[dQ] = fused(dS, qkv(j, 1, c), dQkv[dQ])
            dQkv[dK] = fused(dS, qkv(i, 0, c), dQkv[dK])
            dQkv[dV] = fused(p, dOut[i * width + c], dQkv[dV])
          }
        }
      }
    }
    return dQkv
  }
}

/// The kernels on the same numbers.
extension AttentionTwin {
  func kernelForward(_ mode: MathMode = .exact, _ attention: AttentionScratch = AttentionScratch())
    -> (out: [Float], statistics: [Float], isIntact: Bool)
  {
    let out = GuardedFloats(count: length * width)
    let statistics = GuardedFloats(count: 2 * heads * length)
    attentionForward(
      out.pointer, statistics.pointer, guarded(qkv), shape, mode: mode, scratch: MatMulScratch(),
      attention: attention)
    return (out.array, statistics.array, out.isIntact && statistics.isIntact)
  }

  func kernelBackward(_ attention: AttentionScratch = AttentionScratch()) -> (dQkv: [Float], isIntact: Bool) {
    let forward = kernelForward()
    let dQkv = GuardedFloats(count: length * rowWidth, filled: 7)
    attentionBackward(
      dQkv: dQkv.pointer, guarded(dOut), guarded(forward.out),
      guarded(forward.statistics), guarded(qkv), shape, mode: .exact,
      scratch: MatMulScratch(), attention: attention)
    return (dQkv.array, dQkv.isIntact)
  }
}
