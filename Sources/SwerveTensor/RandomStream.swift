/// Counter-based random numbers: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC
/// 2011).
///
/// A number is a pure function of the seed (the key) and of where it is used (the counter): stream, step, row,
/// position. There is no state to save or to lose, and no order of drawing that threads could disturb.
package enum Philox {
  /// Ten rounds of Philox 4x32 on one counter.
  package static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var c = counter
    var k = key
    for _ in 0..<10 {
      let p0 = UInt64(0xD251_1F53) * UInt64(c[0])
      let p1 = UInt64(0xCD9E_8D57) * UInt64(c[2])
      c = SIMD4(
        UInt32(truncatingIfNeeded: p1 >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: p0))
      k = SIMD2(k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85)
    }
    return c
  }
}

/// A stream of random numbers with one purpose, such as `"pretrain/operands"`. Streams of different purposes are
/// independent.
package struct RandomStream: Equatable, Sendable {
  private let key: SIMD2<UInt32>
  private let stream: UInt32

  /// - Parameter purpose: names the stream; its 32-bit FNV-1a hash is the first word of the counter.
  package init(seed: UInt64, purpose: String) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    stream = purpose.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }

  private init(key: SIMD2<UInt32>, stream: UInt32) {
    self.key = key
    self.stream = stream
  }

  /// The stream whose purpose has more behind it: that of "a/b" for "a" and "/b".
  package func extended(by more: String) -> RandomStream {
    RandomStream(key: key, stream: more.utf8.reduce(stream) { ($0 ^ UInt32($1)) &* 16_777_619 })
  }

  /// Four independent words for one (step, row, position).
  package func words(step: Int, row: Int, position: Int) -> SIMD4<UInt32> {
    let counter = SIMD4<UInt32>(
      stream, UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: row), UInt32(truncatingIfNeeded: position))
    return Philox.block(counter: counter, key: key)
  }

  /// A multiple of 2^-24 in [0, 1), from the first of those words.
  package func uniform(step: Int, row: Int, position: Int) -> Float {
    Float(words(step: step, row: row, position: position)[0] >> 8) * 0x1p-24
  }

  /// A cursor that draws one number after another at (step, row). Its position counts the blocks of four words that
  /// were used.
  package func cursor(step: Int, row: Int) -> RandomCursor { RandomCursor(stream: self, step: step, row: row) }
}

/// Numbers drawn in sequence from one (stream, step, row).
package struct RandomCursor: RandomNumberGenerator, Sendable {
  package let stream: RandomStream
  package let step: Int
  package let row: Int
  private var position = 0
  private var block = SIMD4<UInt32>()
  private var used = 4

  init(stream: RandomStream, step: Int, row: Int) {
    self.stream = stream
    self.step = step
    self.row = row
  }

  /// The next 32 random bits.
  package mutating func word() -> UInt32 {
    if used == 4 {
      block = stream.words(step: step, row: row, position: position)
      position += 1
      used = 0
    }
    defer { used += 1 }
    return block[used]
  }

  /// The next 64 random bits: two words, low first.
  package mutating func next() -> UInt64 {
    let low = UInt64(word())
    return low | UInt64(word()) << 32
  }

  /// A multiple of 2^-24 in [0, 1).
  package mutating func uniform() -> Float { Float(word() >> 8) * 0x1p-24 }

  /// A multiple of 2^-53 in [0, 1).
  package mutating func uniformDouble() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A whole number in 0..<bound, every value equally likely (rejection on the 64-bit product; Lemire 2019).
  /// - Precondition: bound > 0.
  package mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "a random whole number needs a bound above 0")
    let n = UInt64(bound)
    let threshold = (0 &- n) % n
    while true {
      let product = next().multipliedFullWidth(by: n)
      if product.low >= threshold { return Int(product.high) }
    }
  }

  /// A whole number in the closed range, every value equally likely.
  package mutating func within(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.upperBound - range.lowerBound + 1)
  }

  /// Fisher-Yates from the last element down.
  package mutating func shuffle<T>(_ items: inout [T]) {
    for i in stride(from: items.count - 1, to: 0, by: -1) { items.swapAt(i, below(i + 1)) }
  }

  /// A standard normal number by Marsaglia's polar method; the second number of each pair is dropped, so that no state
  /// is kept.
  package mutating func normal() -> Float {
    while true {
      let u = 2 * uniform() - 1
      let v = 2 * uniform() - 1
      let s = (u * u).addingProduct(v, v)
      if s > 0 && s < 1 { return u * (-2 * exactLog(s) / s).squareRoot() }
    }
  }
}
