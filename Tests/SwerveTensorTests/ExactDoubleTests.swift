import Foundation
import SwerveTestSupport
import Testing

@testable import SwerveTensor

/// Against the C library's functions, which are within one unit in the last place.
@Suite struct ExactDoubleTests {
  /// The distance in units of the last place that the expected value has, the smallest subnormal number at least.
  private func ulps(_ found: Double, _ expected: Double) -> Double {
    if found.isNaN || expected.isNaN { return found.isNaN && expected.isNaN ? 0 : .infinity }
    return found == expected ? 0 : abs(found - expected) / expected.ulp
  }

  private func random(_ count: Int, _ range: ClosedRange<Double>, _ random: inout TestRandom) -> [Double] {
    (0..<count).map { _ in
      range.lowerBound + (range.upperBound - range.lowerBound) * random.cursor.uniformDouble()
    }
  }

  /// Bit patterns of all exponents and both signs.
  private func patterns(_ count: Int, _ random: inout TestRandom) -> [Double] {
    (0..<count).map { _ in Double(bitPattern: random.cursor.next()) }
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func computesExp(seed: UInt64) {
    var draws = TestRandom(seed, "tests/exact-double")
    let inputs = random(20_000, -1...1, &draws) + random(20_000, -745...710, &draws) + patterns(20_000, &draws)
    for x in inputs {
      let found = ExactDouble.exp(x)
      #expect(ulps(found, exp(x)) <= 2, "exp(\(x)) is \(found), expected \(exp(x)), seed \(seed)")
    }
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func computesLog(seed: UInt64) {
    var draws = TestRandom(seed, "tests/exact-double")
    let inputs = random(20_000, 0...2, &draws) + random(20_000, 0.99...1.01, &draws) + patterns(20_000, &draws)
    for x in inputs {
      let found = ExactDouble.log(x)
      #expect(ulps(found, log(x)) <= 3, "log(\(x)) is \(found), expected \(log(x)), seed \(seed)")
    }
  }

  @Test func computesSigmoid() {
    var draws = TestRandom(1, "tests/exact-double")
    for x in random(20_000, -40...40, &draws) {
      // On the left of 0 the C library's form is exact to some units; on the right it cancels nothing.
      let expected = x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
      #expect(ulps(ExactDouble.sigmoid(x), expected) <= 4, "sigmoid(\(x))")
      #expect(abs(ExactDouble.sigmoid(x) + ExactDouble.sigmoid(-x) - 1) <= 0x1p-52, "sigmoid(\(x))")
    }
  }

  @Test func keepsTheEndsOfTheRange() {
    #expect(ExactDouble.exp(0) == 1 && ExactDouble.exp(-0.0) == 1)
    #expect(ExactDouble.exp(.infinity) == .infinity && ExactDouble.exp(-.infinity) == 0)
    #expect(ExactDouble.exp(.nan).isNaN)
    #expect(ExactDouble.exp(709.78).isFinite && ExactDouble.exp(709.79) == .infinity)
    #expect(ExactDouble.exp(-745.1) == .leastNonzeroMagnitude && ExactDouble.exp(-745.2) == 0)
    #expect(ExactDouble.log(1) == 0 && ExactDouble.log(0) == -.infinity && ExactDouble.log(-0.0) == -.infinity)
    #expect(ExactDouble.log(-1).isNaN && ExactDouble.log(.nan).isNaN && ExactDouble.log(.infinity) == .infinity)
    #expect(ulps(ExactDouble.log(.leastNonzeroMagnitude), log(Double.leastNonzeroMagnitude)) <= 2)
    #expect(ExactDouble.sigmoid(0) == 0.5 && ExactDouble.sigmoid(800) == 1 && ExactDouble.sigmoid(-800) == 0)
  }

  @Test func computesPowersOfTwoExactly() {
    for n in 0...52 { #expect(ExactDouble.log2(Double(1 << n)) == Double(n)) }
    #expect(ExactDouble.log2(0.25) == -2)
    #expect(abs(ExactDouble.log2(3) - log2(3)) < 1e-15)
  }
}
