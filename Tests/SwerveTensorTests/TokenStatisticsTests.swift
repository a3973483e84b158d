import SwerveTestSupport
import Testing

@testable import SwerveTensor

/// One row of logits, one float at a time, in the order that TokenStatistics.swift states.
struct SoftmaxTwin {
  let z: [Float]
  let top: Float
  let total: Float

  init(_ logits: [Float], inverseTemperature: Float) {
    let z = logits.map { $0 * inverseTemperature }
    let top = naiveLargest(z)
    self.z = z
    self.top = top
    total = naiveLanes(z.count) { $0 + exactExp(z[$1] - top) }
  }

  var logp: [Float] { z.map { ($0 - top) - exactLog(total) } }
}

/// The gradient of a token's logits as TokenStatistics.swift states it, added to `start`.
func naiveTokenGradient(
  _ g: TokenGradient, logp: [Float], refLogp: [Float], entropy: Float, kl: Float, inverseTemperature: Float,
  adding start: [Float]
) -> [Float] {
  var result = start
  for v in start.indices {
    let p = exactExp(logp[v])
    var dz = fused(p * -g.entropy, logp[v] + entropy, p * -g.logp)
    if g.kl != 0 { dz = fused(p * g.kl, (logp[v] - refLogp[v]) - kl, dz) }
    result[v] = fused(dz, inverseTemperature, start[v])
  }
  result[g.token] += g.logp * inverseTemperature
  return result
}

@Suite struct TokenStatisticsTests {
  static let counts = [1, 2, 3, 15, 16, 17, 31, 32, 33, 41, 64, 100]
  static let temperatures: [Float] = [1, 2, 0.3, 4]

  private func logits(_ count: Int, seed: UInt64) -> [Float] {
    var random = TestRandom(seed * 1000 + UInt64(count), "tests/statistics")
    return random.normals(count, standardDeviation: random.uniform(0.1...6))
  }

  private func kernelLogp(_ logits: [Float], _ inverse: Float) -> [Float] {
    let out = GuardedFloats(count: logits.count)
    logSoftmax(out.pointer, guarded(logits), count: logits.count, inverseTemperature: inverse)
    #expect(out.isIntact)
    return out.array
  }

  @Test(arguments: counts, temperatures)
  func computesLogProbabilitiesInTheStatedOrder(count: Int, temperature: Float) {
    for seed in 1...4 as ClosedRange<UInt64> {
      let x = logits(count, seed: seed)
      let inverse = 1 / temperature
      let twin = SoftmaxTwin(x, inverseTemperature: inverse)
      let row = SoftmaxRow(guarded(x), count: count, inverseTemperature: inverse)
      #expect(row.top == twin.top && row.total == twin.total && row.logTotal == exactLog(twin.total))
      let found = kernelLogp(x, inverse)
      #expect(bitMismatch(found, twin.logp) == nil, "count \(count), tau \(temperature), seed \(seed)")
      // The sampler's path to the same number.
      #expect(bitMismatch(x.map { row.logp($0) }, found) == nil)
      let p = GuardedFloats(count: count)
      row.probabilities(p.pointer, guarded(x), count: count)
      #expect(bitMismatch(p.array, twin.z.map { exactExp($0 - twin.top) * (1 / twin.total) }) == nil)
      #expect(p.isIntact)
    }
  }

  @Test(arguments: counts)
  func computesInOnePassWhatSeparatePassesGive(count: Int) {
    for seed in 1...6 as ClosedRange<UInt64> {
      let x = logits(count, seed: seed)
      let logp = kernelLogp(x, 0.5)
      let refLogp = kernelLogp(logits(count, seed: seed + 50), 0.5)
      let negentropy = naiveLanes(count) { fused(exactExp(logp[$1]), logp[$1], $0) }
      let kl = naiveLanes(count) { fused(exactExp(logp[$1]), logp[$1] - refLogp[$1], $0) }
      let out = GuardedFloats(count: count)
      let b = GuardedFloats(refLogp)
      let found = tokenStatistics(
        out.pointer, guarded(x), refLogp: b.reading, count: count, inverseTemperature: 0.5)
      #expect(bitMismatch(out.array, logp) == nil && out.isIntact, "\(count), \(seed)")
      #expect(bitMismatch([found.entropy, found.kl], [0 - negentropy, kl]) == nil, "\(count), \(seed)")
      let divergence = klDivergence(logp: out.reading, refLogp: b.reading, count: count)
      #expect(bitMismatch([divergence], [kl]) == nil, "\(count), \(seed)")
      #expect(klDivergence(logp: b.reading, refLogp: b.reading, count: count) == 0)
      let alone = tokenStatistics(out.pointer, guarded(x), count: count, inverseTemperature: 0.5)
      #expect(bitMismatch([alone.entropy, alone.kl], [0 - negentropy, 0]) == nil, "\(count), \(seed)")
    }
  }

  @Test(arguments: counts)
  func computesTheGradientInTheStatedOrder(count: Int) {
    var random = TestRandom(UInt64(count) + 77)
    for seed in 1...4 as ClosedRange<UInt64> {
      let logp = kernelLogp(logits(count, seed: seed), 0.5)
      let refLogp = kernelLogp(logits(count, seed: seed + 50), 0.5)
      let start = random.normals(count)
      let g = TokenGradient(
        token: random.within(0...count - 1), logp: random.uniform(-2...2), entropy: random.uniform(-1...1),
        kl: seed == 1 ? 0 : random.uniform(-1...1))
      let (h, kl): (Float, Float) = (random.uniform(0...3), random.uniform(0...1))
      let target = GuardedFloats(start)
      tokenStatisticsBackward(
        dLogits: target.pointer, g, logp: guarded(logp), refLogp: guarded(refLogp),
        entropy: h, kl: kl, count: count, inverseTemperature: 0.5)
      let expected = naiveTokenGradient(
        g, logp: logp, refLogp: refLogp, entropy: h, kl: kl, inverseTemperature: 0.5, adding: start)
      #expect(bitMismatch(target.array, expected) == nil, "count \(count), seed \(seed)")
      #expect(target.isIntact)
    }
  }

  /// Probabilities that underflow to 0 must not turn 0 * infinity into NaN.
  @Test func keepsTheSumsFiniteForAnImpossibleToken() {
    let logp = GuardedFloats(count: 5)
    let found = tokenStatistics(logp.pointer, guarded([0, -300, 5, -1e4, 1]), count: 5, inverseTemperature: 1)
    #expect(logp.array.allSatisfy { $0.isFinite })
    #expect(found.entropy.isFinite)
  }
}
