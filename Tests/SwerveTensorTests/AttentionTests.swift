import SwerveTestSupport
import Testing

@testable import SwerveTensor

@Suite struct AttentionTests {
  /// Lengths on both sides of the blocks of 16 keys and 32 queries.
  static let lengths = [1, 2, 15, 16, 17, 31, 32, 33, 47, 64, 65]
  /// (heads, floats of a head): powers of two, odd ones, wider than two vectors.
  static let heads = [(1, 1), (2, 3), (3, 8), (2, 16), (1, 33), (4, 5), (2, 32)]

  @Test(arguments: lengths)
  func computesForwardInTheStatedOrder(length: Int) {
    for (place, (heads, headWidth)) in Self.heads.enumerated() {
      let twin = AttentionTwin(length: length, heads: heads, headWidth: headWidth, seed: UInt64(place))
      let found = twin.kernelForward()
      let expected = twin.forward()
      #expect(bitMismatch(found.out, expected.out) == nil, "\(twin)")
      #expect(bitMismatch(found.statistics, expected.statistics) == nil, "\(twin)")
      #expect(found.isIntact, "\(twin)")
    }
  }

  @Test(arguments: lengths)
  func computesBackwardInTheStatedOrder(length: Int) {
    for (place, (heads, headWidth)) in Self.heads.enumerated() {
      let twin = AttentionTwin(length: length, heads: heads, headWidth: headWidth, seed: UInt64(10 + place))
      let found = twin.kernelBackward()
      #expect(bitMismatch(found.dQkv, twin.backward()) == nil, "\(twin)")
      #expect(found.isIntact, "\(twin)")
    }
  }

  /// The heads of models, in widths from 8 to 1024, with one token, and on both sides of blocks of keys and queries.
  @Test(arguments: [(1, 8), (1, 12), (2, 24), (1, 64), (3, 64), (16, 64), (8, 128), (1, 1024)])
  func computesTheHeadsOfModelsInTheStatedOrder(heads: Int, headWidth: Int) {
    for length in headWidth * heads > 200 ? [1, 33] : [1, 16, 33, 64, 65, 129] {
      let twin = AttentionTwin(length: length, heads: heads, headWidth: headWidth, seed: 20)
      let found = twin.kernelForward()
      let expected = twin.forward()
      #expect(bitMismatch(found.out, expected.out) == nil, "\(twin)")
      #expect(bitMismatch(found.statistics, expected.statistics) == nil, "\(twin)")
      #expect(bitMismatch(twin.kernelBackward().dQkv, twin.backward()) == nil, "\(twin)")
    }
  }

  /// (heads of queries, of keys and values, floats of a head).
  @Test(arguments: [(2, 1, 6), (4, 2, 10), (9, 3, 64), (7, 1, 16), (6, 6, 8)], [true, false])
  func computesSharedKeysAndBothDirectionsInTheStatedOrder(_ shape: (Int, Int, Int), isCausal: Bool) {
    for length in [1, 2, 31, 32, 33, 70] {
      let twin = AttentionTwin(
        length: length, heads: shape.0, headWidth: shape.2, keyValueHeads: shape.1, isCausal: isCausal, seed: 30)
      let found = twin.kernelForward()
      let expected = twin.forward()
      #expect(bitMismatch(found.out, expected.out) == nil, "\(twin)")
      #expect(bitMismatch(found.statistics, expected.statistics) == nil, "\(twin)")
      let gradient = twin.kernelBackward()
      #expect(bitMismatch(gradient.dQkv, twin.backward()) == nil, "\(twin)")
      #expect(found.isIntact && gradient.isIntact, "\(twin)")
    }
  }

  @Test func ignoresWhatALongerTextLeftInTheScratch() {
    let scratch = AttentionScratch()
    _ = AttentionTwin(length: 90, heads: 1, headWidth: 8, seed: 1).kernelBackward(scratch)
    for length in [33, 5, 1] {
      let twin = AttentionTwin(length: length, heads: 2, headWidth: 8, seed: 2)
      #expect(bitMismatch(twin.kernelForward(.exact, scratch).out, twin.kernelForward().out) == nil, "\(twin)")
      #expect(bitMismatch(twin.kernelBackward(scratch).dQkv, twin.kernelBackward().dQkv) == nil, "\(twin)")
    }
  }

  /// A query sees its own and earlier tokens only, so later ones change no bit.
  @Test func ignoresLaterTokens() {
    let long = AttentionTwin(length: 50, heads: 2, headWidth: 8, seed: 3)
    let out = long.kernelForward().out
    for length in [1, 17, 33, 49] {
      let buffer = GuardedFloats(count: length * long.width)
      let statistics = GuardedFloats(count: 4 * length)
      attentionForward(
        buffer.pointer, statistics.pointer, guarded(long.qkv),
        AttentionShape(length: length, heads: 2, width: long.width), mode: .exact, scratch: MatMulScratch(),
        attention: AttentionScratch())
      #expect(bitMismatch(buffer.array, Array(out.prefix(length * long.width))) == nil, "first \(length) of 50 tokens")
    }
  }

  /// BLAS sums scores of up to 32 terms and outputs of up to 65 in another order; exp turns the absolute error of a
  /// score (about 1e-6 at scores of 10) into a relative one of its weight.
  @Test func agreesWithBLASToAFewUnitsInTheLastPlace() {
    for length in Self.lengths {
      let twin = AttentionTwin(length: length, heads: 2, headWidth: 32, seed: 4)
      #expect(relativeError(twin.kernelForward(.blas).out, twin.kernelForward().out) < 3e-6, "\(twin)")
    }
  }
}

@Suite struct AttentionDecodeTests {
  /// Heads that are no multiple of a vector, of one and more vectors, and widths that are multiples of the 64 channels
  /// that are summed at a time, or not.
  static let heads = [
    (1, 1), (3, 5), (2, 8), (1, 12), (4, 16), (9, 16), (2, 32), (5, 32), (1, 48), (3, 80), (2, 24), (1, 64), (16, 64),
    (8, 128), (8, 8), (8, 24),
  ]

  /// One token at a time, and several at once, in fours and what is left: two or three.
  @Test(arguments: heads, [1, 6, 7])
  func decodesToTheBitsOfTheForwardPass(heads: (count: Int, width: Int), tokens: Int) {
    check(heads: heads.count, keyValueHeads: heads.count, headWidth: heads.width, tokens: tokens)
  }

  /// Heads of queries that share keys and values, in groups of one to nine, which are taken in fours and what is left.
  @Test(
    arguments: [(2, 1, 6), (4, 2, 10), (9, 3, 64), (7, 1, 16), (14, 2, 64), (8, 2, 32), (9, 1, 16), (6, 2, 48)],
    [1, 6])
  func decodesHeadsThatShareKeysToTheBitsOfTheForwardPass(shape: (heads: Int, shared: Int, width: Int), tokens: Int) {
    check(heads: shape.heads, keyValueHeads: shape.shared, headWidth: shape.width, tokens: tokens)
  }

  private func check(heads: Int, keyValueHeads: Int, headWidth: Int, tokens: Int) {
    let length = 130
    let twin = AttentionTwin(
      length: length, heads: heads, headWidth: headWidth, keyValueHeads: keyValueHeads, seed: UInt64(headWidth))
    let expected = twin.kernelForward().out
    let (width, row) = (twin.width, twin.rowWidth)
    // NaN in every place that holds no token yet: what is read there must not show.
    let cache = GuardedCache(length: length, heads: keyValueHeads, width: twin.keyWidth, filled: .nan)
    let scratch = DecodeScratch(heads: keyValueHeads, length: length)
    for query in 0..<decodeQueries {
      scratch.scores(query).update(repeating: .nan, count: keyValueHeads * scratch.stride)
    }
    for first in stride(from: 0, to: length, by: tokens) {
      let group = first..<min(first + tokens, length)
      let out = GuardedFloats(count: group.count * width)
      for t in group {
        let k = t * row + width
        let v = k + twin.keyWidth
        cache.view.append(
          k: guarded(Array(twin.qkv[k..<v])), v: guarded(Array(twin.qkv[v..<(t + 1) * row])), position: t)
      }
      attentionDecode(
        out.pointer, q: guarded(Array(twin.qkv[first * row..<(group.upperBound - 1) * row + width])),
        qStride: row, queries: group.count, heads: heads, cache.view, length: group.upperBound, scratch: scratch)
      let difference = bitMismatch(out.array, Array(expected[first * width..<group.upperBound * width]))
      #expect(difference == nil && out.isIntact, "tokens \(group), \(twin)")
      if difference != nil { return }
    }
    #expect(cache.isIntact)
  }
}
