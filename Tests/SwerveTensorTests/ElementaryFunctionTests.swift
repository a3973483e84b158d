import Foundation
import SwerveTestSupport
import Testing

@testable import SwerveTensor

/// One function of ElementaryFunctions.swift beside its counterpart in Double.
struct ElementaryCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// The accuracy that the file's header promises, in units in the last place.
  let ulps: Double
  /// Where the promise holds.
  let domain: @Sendable (Float) -> Bool
  let scalar: @Sendable (Float) -> Float
  let vector: @Sendable (Vector) -> Vector
  let exact: @Sendable (Double) -> Double

  static let all = [
    ElementaryCase(
      testDescription: "exp", ulps: 1.3, domain: { _ in true }, scalar: { exactExp($0) }, vector: { exactExp($0) },
      exact: { exp($0) }),
    ElementaryCase(
      testDescription: "log", ulps: 1, domain: { $0 >= 0 }, scalar: { exactLog($0) }, vector: { exactLog($0) },
      exact: { log($0) }),
    ElementaryCase(
      testDescription: "tanh", ulps: 1.5, domain: { _ in true }, scalar: { exactTanh($0) }, vector: { exactTanh($0) },
      exact: { tanh($0) }),
    ElementaryCase(
      testDescription: "erf", ulps: 1.5, domain: { _ in true }, scalar: { exactErf($0) }, vector: { exactErf($0) },
      exact: { erf($0) }),
    ElementaryCase(
      testDescription: "sigmoid", ulps: 3.25, domain: { $0 >= -87.3 }, scalar: { exactSigmoid($0) },
      vector: { exactSigmoid($0) }, exact: { 1 / (1 + exp(-$0)) }),
  ]
}

@Suite struct ElementaryFunctionTests {
  /// The distance in units of the last place that the exact value has as a Float, 2^-149 at least.
  private func error(_ found: Float, _ exact: Double) -> Double {
    if found.isNaN || exact.isNaN { return found.isNaN && exact.isNaN ? 0 : .infinity }
    let rounded = Float(exact)
    // A result that overflows must be infinite, and one that does not must not.
    if rounded.isInfinite || found.isInfinite { return rounded == found ? 0 : .infinity }
    let exponent = exact == 0 ? -149 : max(exact.exponent, -126) - 23
    return abs(Double(found) - exact) / Double(sign: .plus, exponent: max(exponent, -149), significand: 1)
  }

  private func worst(_ item: ElementaryCase, _ inputs: some Sequence<Float>) -> (error: Double, at: Float) {
    var worst = (error: 0.0, at: Float(0))
    for x in inputs where item.domain(x) {
      let error = error(item.scalar(x), item.exact(Double(x)))
      if error > worst.error { worst = (error, x) }
    }
    return worst
  }

  /// Every 9,001st bit pattern: all exponents, both signs, NaN and subnormal numbers among them.
  @Test(arguments: ElementaryCase.all)
  func accuracyOverAllBitPatterns(item: ElementaryCase) {
    let found = worst(item, stride(from: UInt32(0), to: .max - 9_001, by: 9_001).lazy.map { Float(bitPattern: $0) })
    #expect(found.error <= item.ulps, "\(item.testDescription)(\(found.at)) is \(found.error) ulps off")
  }

  /// Where the functions are used: 50,000 numbers up to 105 in magnitude, a third of them within 2.
  @Test(arguments: ElementaryCase.all, [1, 2] as [UInt64])
  func accuracyWhereTheFunctionsAreUsed(item: ElementaryCase, seed: UInt64) {
    var random = TestRandom(seed, "tests/elementary")
    let inputs = (0..<50_000).map { random.uniform($0 % 3 == 0 ? -2...2 : -105...105) }
    let found = worst(item, inputs)
    #expect(found.error <= item.ulps, "\(item.testDescription)(\(found.at)) is \(found.error) ulps off, seed \(seed)")
  }

  /// A lane's result does not depend on the lane or on its neighbours.
  @Test(arguments: ElementaryCase.all)
  func scalarsAndLanesAreTheSameBits(item: ElementaryCase) {
    var random = TestRandom(7, "tests/lanes")
    let special: [Float] = [0, -0.0, .infinity, -.infinity, .nan, 1, -1, 88.8, -104, 0x1p-149]
    for round in 0..<200 {
      let inputs = (0..<16).map { _ in
        random.within(0...4) == 0
          ? special[random.within(0...special.count - 1)] : Float(bitPattern: random.cursor.word())
      }
      var vector = Vector(repeating: 0)
      for (lane, x) in inputs.enumerated() { vector[lane] = x }
      let lanes = item.vector(vector)
      #expect(bitMismatch((0..<16).map { lanes[$0] }, inputs.map(item.scalar)) == nil, "round \(round): \(inputs)")
    }
  }

  @Test func expAtTheEndsOfItsRange() {
    #expect(exactExp(0) == 1 && exactExp(-0.0) == 1)
    #expect(exactExp(.infinity) == .infinity && exactExp(-.infinity) == 0)
    #expect(exactExp(88.722_84 as Float).isInfinite && exactExp((88.722_84 as Float).nextDown).isFinite)
    #expect(exactExp(-104 as Float) == 0 && exactExp(-103.9 as Float) == 0x1p-149)
    #expect(exactExp(Float.nan).isNaN && exactExp(-Float.nan).isNaN)
    #expect(exactExp(Float.leastNonzeroMagnitude) == 1)
  }

  @Test func logAtTheEndsOfItsRange() {
    #expect(exactLog(1) == 0)
    #expect(exactLog(0) == -.infinity && exactLog(-0.0) == -.infinity)
    #expect(exactLog(.infinity) == .infinity)
    #expect(exactLog(-1).isNaN && exactLog(-.infinity).isNaN && exactLog(Float.nan).isNaN)
    #expect(exactLog(-Float.leastNonzeroMagnitude).isNaN)
    #expect(exactLog(.leastNonzeroMagnitude) == Float(log(0x1p-149)))
    #expect(exactLog(.greatestFiniteMagnitude) == Float(log(Double(Float.greatestFiniteMagnitude))))
  }

  @Test func tanhAtTheEndsOfItsRange() {
    #expect(exactTanh(.infinity) == 1 && exactTanh(-.infinity) == -1)
    #expect(exactTanh(0) == 0 && exactTanh(-0.0) == 0)
    #expect(exactTanh(Float.nan).isNaN)
    #expect(exactTanh(.leastNonzeroMagnitude) == .leastNonzeroMagnitude)
    #expect(exactTanh(30) == 1 && exactTanh(-30) == -1)
    for x in [0.1, 0.624, 0.625, 0.626, 3] as [Float] { #expect(exactTanh(-x) == -exactTanh(x)) }
  }

  @Test func sigmoidAtTheEndsOfItsRange() {
    #expect(exactSigmoid(0) == 0.5)
    #expect(exactSigmoid(.infinity) == 1 && exactSigmoid(-.infinity) == 0)
    #expect(exactSigmoid(100) == 1 && exactSigmoid(-100) < 0x1p-126)
    #expect(exactSigmoid(Float.nan).isNaN)
  }
}
