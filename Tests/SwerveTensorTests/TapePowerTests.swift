import Foundation
import SwerveTestSupport
import Testing

@testable import SwerveTensor

@Suite struct TapePowerTests {
  /// libm's pow in Double, rounded to Float, is the nearest Float but for one case in millions.
  static func reference(_ x: Float, _ y: Float) -> Float { Float(Foundation.pow(Double(x), Double(y))) }

  /// Before its rounding our value is within 3e-13 of the exact one, so it rounds differently in about one of 10^5
  /// cases.
  @Test(
    arguments: [
      (0...1, 150...150), (0...1, 0...300), (0.9...1.1, -3000...3000), (0...10, -40...40), (0...0x1p-126, 0...1),
      (0.99999...1.00001, -1e7...1e7), (1e30...3e38, -1...1),
    ] as [(ClosedRange<Float>, ClosedRange<Float>)])
  func roundsPowersToTheNearestFloat(_ bases: ClosedRange<Float>, _ exponents: ClosedRange<Float>) throws {
    var random = TapeRandom(7)
    let x = random.values(20_000, in: bases)
    let y = random.values(20_000, in: exponents)
    let expected = zip(x, y).map(Self.reference)
    let found = powers(x, y)
    #expect(mismatch(found, expected, ulps: 1) == nil)
    #expect(zip(found, expected).count { ulpDistance($0, $1) > 0 } <= 2)
  }

  static let special: [Float] = [
    0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, 150, -150, 16_777_215, -16_777_218, 3e38, -3e38, 0x1p-149, -0x1p-149,
    0x1p-130,
    .infinity, -.infinity, .nan,
  ]

  @Test func followsIEEEInSpecialCases() throws {
    for x in Self.special {
      for y in Self.special {
        let found = powers([x], [y])
        #expect(sameBits(found, [Self.reference(x, y)]), "\(x)^\(y) is \(found[0]), not \(Self.reference(x, y))")
      }
    }
  }

  @Test func computesLogarithmAndExponentialInDoubleWithinTheirBound() {
    var random = TapeRandom(9)
    for _ in 0..<20_000 {
      let x = Double(Float(bitPattern: UInt32(random.cursor.within(1...0x7F7F_FFFF))))
      let exact = Foundation.log2(x)
      #expect(abs(log2OfFloat(x) - exact) <= 1e-14 * abs(exact))
      let t = Double(random.cursor.uniform()) * 300 - 150
      #expect(abs(exp2Limited(t) / Foundation.exp2(t) - 1) <= 1e-14)
    }
  }

  @Test func hasFiniteSlopesAtABaseOfZeroForExponentsFromOne() throws {
    let base = try variableColumn([[0, 0, 0, 0]])
    let exponent = try variableColumn([[1, 1.5, 150, 0]])
    let power = try base.pow(exponent)
    #expect(power.values == [0, 0, 0, 1])
    try power.sum().backward()
    #expect(base.gradient == [1, 0, 0, 0])
    #expect(exponent.gradient == [0, 0, 0, 0])
  }

  @Test func hasAnInfiniteSlopeAtABaseOfZeroBelowOne() throws {
    let base = try variableColumn([[0, 4]])
    try base.pow(.scalar(0.5)).sum().backward()
    #expect(base.gradient == [.infinity, 0.25])
  }

  /// The paper's exponent: 150 x^149, about 33.55 at x = 0.99.
  @Test func givesACertaintyToThePowerOf150ItsSlope() throws {
    let certainty = try variableColumn([[0.99]])
    try certainty.pow(.scalar(150)).sum().backward()
    let expected = Float(150 * Foundation.pow(Double(Float(0.99)), 149))
    #expect(mismatch(certainty.gradient ?? [], [expected], ulps: 1) == nil)
  }
}
