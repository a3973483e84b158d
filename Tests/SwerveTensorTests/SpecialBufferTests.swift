import SwerveTestSupport
import Testing

@testable import SwerveTensor

/// Zeros of both signs, subnormal numbers, infinities and NaN in the loops over whole buffers, the optimizer's step, and what
/// is said of tokens: the bits of the same formulas, one float at a time.
@Suite struct SpecialBufferTests {
  typealias Values = SpecialValueTests.Values
  static let counts = [1, 2, 15, 16, 17, 33, 100]

  private func numbers(_ count: Int, _ values: Values, seed: UInt64) -> [Float] {
    var random = TestRandom(seed, "tests/special buffers")
    return random.normals(count, with: values.list, in: 3)
  }

  @Test(arguments: Values.allCases, counts)
  func computesSumsAndMasksElementwise(values: Values, count: Int) {
    for seed in 1...4 as ClosedRange<UInt64> {
      let a = numbers(count, values, seed: seed)
      let b = numbers(count, values, seed: seed + 100)
      let sum = GuardedFloats(a)
      addInto(sum.pointer, guarded(b), count: count)
      #expect(bitMismatch(sum.array, zip(a, b).map(+)) == nil, "seed \(seed)")
      let d = GuardedFloats(a)
      reluBackward(d.pointer, output: guarded(b), count: count)
      #expect(bitMismatch(d.array, zip(a, b).map { $1 <= 0 ? 0 : $0 }) == nil, "seed \(seed)")
      let squares = naiveLanes(count) { fused(a[$1], a[$1], $0) }
      #expect(bitMismatch([sumOfSquares(guarded(a), count: count)], [squares]) == nil, "seed \(seed)")
    }
  }

  @Test(arguments: Values.allCases, [1, 2, 9])
  func addsTheGradientOfABiasRowByRow(values: Values, rows: Int) {
    for width in Self.counts {
      let d = numbers(rows * width, values, seed: UInt64(width))
      let start = numbers(width, values, seed: UInt64(width) + 100)
      let bias = GuardedFloats(start)
      biasBackward(bias.pointer, guarded(d), rows: rows, width: width)
      var expected = start
      for (i, value) in d.enumerated() { expected[i % width] += value }
      #expect(bitMismatch(bias.array, expected) == nil, "width \(width), which is the seed")
    }
  }

  @Test(arguments: Values.allCases, counts)
  func computesTheOptimizersStepInTheStatedOrder(values: Values, count: Int) {
    let step = AdamStep(
      beta1: 0.9, beta2: 0.99, epsilon: 1e-8, scale: 0.7, keep: 0.999, rate: 0.01, rootCorrection: 0.3)
    for seed in 1...4 as ClosedRange<UInt64> {
      var (w, m) = (numbers(count, values, seed: seed), numbers(count, values, seed: seed + 100))
      // A mean of squares is never below 0.
      var v = numbers(count, values, seed: seed + 200).map { abs($0) }
      let gradient = numbers(count, values, seed: seed + 300)
      let memory = [w, m, v].map { GuardedFloats($0) }
      step.update(
        memory[0].pointer, m: memory[1].pointer, v: memory[2].pointer, gradient: guarded(gradient), count: count)
      for i in 0..<count {
        let g = gradient[i] * step.scale
        m[i] = fused(step.beta1, m[i], g * (1 - step.beta1))
        v[i] = fused(step.beta2, v[i], g * g * (1 - step.beta2))
        w[i] = w[i] * step.keep - step.rate * m[i] / (v[i].squareRoot() / step.rootCorrection + step.epsilon)
      }
      for (found, expected) in zip(memory, [w, m, v]) {
        #expect(bitMismatch(found.array, expected) == nil && found.isIntact, "seed \(seed)")
      }
    }
  }

  /// What is said of a token is taken from rows of log-probabilities, whatever they hold.
  @Test(arguments: Values.allCases, counts)
  func computesTokensInTheStatedOrder(values: Values, count: Int) {
    for seed in 1...4 as ClosedRange<UInt64> {
      let logp = numbers(count, values, seed: seed)
      let refLogp = numbers(count, values, seed: seed + 100)
      let start = numbers(count, values, seed: seed + 200)
      let (a, b) = (GuardedFloats(logp), GuardedFloats(refLogp))
      let kl = naiveLanes(count) { fused(exactExp(logp[$1]), logp[$1] - refLogp[$1], $0) }
      #expect(
        bitMismatch([klDivergence(logp: a.reading, refLogp: b.reading, count: count)], [kl]) == nil, "seed \(seed)")
      for gradient in [TokenGradient(token: 0, logp: 1.5), TokenGradient(token: 0, logp: -0.0, entropy: 2, kl: -3)] {
        let target = GuardedFloats(start)
        tokenStatisticsBackward(
          dLogits: target.pointer, gradient, logp: a.reading, refLogp: b.reading, entropy: 0.5, kl: 0.25, count: count,
          inverseTemperature: 2)
        let expected = naiveTokenGradient(
          gradient, logp: logp, refLogp: refLogp, entropy: 0.5, kl: 0.25, inverseTemperature: 2, adding: start)
        #expect(bitMismatch(target.array, expected) == nil && target.isIntact, "seed \(seed)")
      }
    }
  }

  /// Logits that a sampler may meet: near zero, huge, and of impossible tokens.
  @Test(arguments: counts)
  func picksTheSameEntryAsTheNaiveMethod(count: Int) {
    var random = TestRandom(UInt64(count), "tests/special pick")
    for round in 0..<20 {
      var x = random.normals(count, with: tinyFloats + [-.infinity, 300, -300, -1e30], in: 3)
      x[random.within(0...count - 1)] = random.uniform(-1...1)
      let u = random.cursor.uniform()
      let found = PickTests().picked(x, uniform: u)
      #expect(found == PickTests().naive(x, temperature: 1, uniform: u), "round \(round), count \(count): \(x)")
      #expect(x[found] > -.infinity, "round \(round), count \(count)")
    }
  }
}
