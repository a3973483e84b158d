import SwerveTestSupport
import Testing

@testable import SwerveTensor

/// Zeros of both signs, subnormal numbers, infinities and NaN in attention: the bits of the twin, and NaN stays NaN.
@Suite struct SpecialAttentionTests {
  private func twin(_ values: [Float], in one: Int, length: Int, seed: UInt64) -> AttentionTwin {
    var twin = AttentionTwin(length: length, heads: 2, headWidth: 12, seed: seed)
    var random = TestRandom(seed, "tests/special")
    twin.qkv = random.normals(twin.qkv.count, with: values, in: one)
    twin.dOut = random.normals(twin.dOut.count, with: values, in: one)
    return twin
  }

  @Test(arguments: [1, 2, 16, 33, 65])
  func computesNumbersNearZeroInTheStatedOrder(length: Int) {
    for seed in 1...3 as ClosedRange<UInt64> { check(twin(tinyFloats, in: 2, length: length, seed: seed)) }
  }

  /// Rare enough that most texts hold a few, and some queries none.
  @Test(arguments: nonFiniteFloats, [1, 20, 40, 65])
  func computesNonFiniteNumbersInTheStatedOrder(value: Float, length: Int) {
    for seed in 1...6 as ClosedRange<UInt64> { check(twin([value], in: 40 * length, length: length, seed: seed)) }
  }

  private func check(_ twin: AttentionTwin) {
    let (found, expected) = (twin.kernelForward(), twin.forward())
    #expect(bitMismatch(found.out, expected.out) == nil, "\(twin)")
    #expect(bitMismatch(found.statistics, expected.statistics) == nil, "\(twin)")
    #expect(bitMismatch(twin.kernelBackward().dQkv, twin.backward()) == nil, "\(twin)")
  }

  /// Queries of earlier blocks never see it.
  @Test func keepsEarlierBlocksFinite() {
    var twin = AttentionTwin(length: 65, heads: 1, headWidth: 8, seed: 4)
    let clean = twin.kernelForward().out
    twin.qkv[3 * 8 * 64 + 16] = .nan
    let out = twin.kernelForward().out
    #expect(bitMismatch(Array(out.prefix(64 * 8)), Array(clean.prefix(64 * 8))) == nil)
    #expect(out[64 * 8].isNaN)
  }

  @Test(arguments: nonFiniteFloats)
  func showsNonFiniteNumbersWhenDecoding(value: Float) {
    for part in 0..<3 {
      let width = 16
      var random = TestRandom(UInt64(part), "tests/special")
      let cache = GuardedCache(length: 40, heads: 2, width: width)
      for t in 0..<40 {
        var k = random.normals(width)
        var v = random.normals(width)
        if t == 20 && part == 1 { k[3] = value }
        if t == 20 && part == 2 { v[3] = value }
        cache.view.append(k: guarded(k), v: guarded(v), position: t)
      }
      var q = random.normals(width).map { abs($0) }
      if part == 0 { q[3] = value }
      let out = GuardedFloats(count: width)
      attentionDecode(
        out.pointer, q: guarded(q), cache.view, length: 40, scratch: DecodeScratch(heads: 2, length: 40))
      // A score of -infinity is a weight of 0: nothing that would have to show.
      if part == 1 && value == -.infinity {
        #expect(out.array.allSatisfy { $0.isFinite })
      } else {
        #expect(!out.array[3].isFinite, "part \(part)")
      }
      #expect(out.array[8...].allSatisfy { $0.isFinite }, "the other head, part \(part)")
    }
  }

  /// The last of some tokens may be a wrong guess, and its keys and values anything.
  @Test(arguments: [(2, 8), (2, 16), (3, 32)], [2, 3, 4])
  func hidesLaterTokensFromAToken(heads: (count: Int, width: Int), tokens: Int) {
    let width = heads.count * heads.width
    var results: [[Float]] = []
    for last in [Float(1), .nan] {
      var random = TestRandom(7, "tests/special")
      let cache = GuardedCache(length: 40, heads: heads.count, width: width)
      for t in 0..<40 {
        var (k, v) = (random.normals(width), random.normals(width))
        if t == 39 { (k, v) = (k.map { $0 * last }, v.map { $0 * last }) }
        cache.view.append(k: guarded(k), v: guarded(v), position: t)
      }
      let out = GuardedFloats(count: tokens * width)
      attentionDecode(
        out.pointer, q: guarded(random.normals(tokens * width)), qStride: width, queries: tokens, cache.view,
        length: 40, scratch: DecodeScratch(heads: heads.count, length: 40))
      results.append(out.array)
    }
    let before = (tokens - 1) * width
    #expect(bitMismatch(Array(results[0][..<before]), Array(results[1][..<before])) == nil)
    #expect(results[0].allSatisfy { $0.isFinite } && results[1][before...].allSatisfy { $0.isNaN })
  }
}
