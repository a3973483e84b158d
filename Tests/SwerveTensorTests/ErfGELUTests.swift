import Foundation
import SwerveTestSupport
import Testing

@testable import SwerveTensor

@Suite struct ErfGELUTests {
  /// Dense around the border of the two polynomials, and far beyond where the result is 1.
  static let arguments: [Float] = {
    let dense = (0...40_000).map { (i: Int) -> Float in Float(i) / 5000 - 4 }
    let border = (0...2000).map { (i: Int) -> Float in Float(i - 1000) / 1e6 + 0.927734375 }
    let special: [Float] = [0, -0.0, 1e-30, -1e-30, 0x1p-140, 10, -10, 1e4, -1e20, .greatestFiniteMagnitude]
    return dense + border + special
  }()

  @Test func computesErfAccurately() {
    var worst: UInt64 = 0
    var worstError = 0.0
    for x in Self.arguments {
      let found = exactErf(x)
      let expected = erf(Double(x))
      worst = max(worst, ulpDistance(found, Float(expected)))
      worstError = max(worstError, abs(Double(found) - expected) / max(Double(Float(expected).ulp), 1e-45))
    }
    #expect(worst <= 1 && worstError <= 1.5, "\(worst) steps, \(worstError) ulp")
  }

  @Test func keepsErfOddAndWithinItsLimits() {
    let even = Self.arguments.filter { exactErf(-$0).bitPattern != (-exactErf($0)).bitPattern }
    #expect(even.isEmpty)
    #expect(exactErf(.infinity) == 1 && exactErf(-.infinity) == -1)
    #expect(exactErf(Float.nan).isNaN)
    #expect(exactErf(-0.0).sign == .minus)
    #expect(Self.arguments.allSatisfy { abs(exactErf($0)) <= 1 })
  }

  @Test(arguments: [1, 15, 16, 17, 33, 200])
  func computesForwardAndBackwardInTheStatedOrder(count: Int) {
    var random = TestRandom(UInt64(count), "tests/erfgelu")
    let x = random.normals(count, standardDeviation: 2)
    let d = random.normals(count)
    let rootHalf: Float = 0x1.6a09e6p-1
    let twice = x.map { 1 + exactErf($0 * rootHalf) }
    let expected = x.indices.map { x[$0] * 0.5 * twice[$0] }
    let out = GuardedFloats(x)
    erfGELUForward(out.pointer, out.reading, count: count)
    #expect(bitMismatch(out.array, expected) == nil && out.isIntact)
    let (dX, again) = (GuardedFloats(d), GuardedFloats(count: count))
    erfGELUBackward(dX: dX.pointer, out: again.pointer, dX.reading, guarded(x), count: count)
    let slopes = x.indices.map {
      d[$0] * fused(x[$0], exactExp(x[$0] * x[$0] * -0.5) * 0x1.988454p-2, twice[$0] * 0.5)
    }
    #expect(bitMismatch(again.array, expected) == nil && again.isIntact)
    #expect(bitMismatch(dX.array, slopes) == nil && dX.isIntact)
  }

  @Test func isAccurate() {
    let x = (0...16_000).map { Float($0) / 1000 - 8 }
    let (out, dX) = (GuardedFloats(count: x.count), GuardedFloats([Float](repeating: 1, count: x.count)))
    erfGELUForward(out.pointer, guarded(x), count: x.count)
    let again = GuardedFloats(count: x.count)
    erfGELUBackward(dX: dX.pointer, out: again.pointer, dX.reading, guarded(x), count: x.count)
    let (values, slopes) = (out.array, dX.array)
    var (worst, worstSlope) = (0.0, 0.0)
    for (i, x) in x.enumerated() {
      let v = Double(x)
      worst = max(worst, abs(Double(values[i]) - doubleErfGELU(v)) / max(1, abs(v)))
      let slope = (1 + erf(v / 2.0.squareRoot())) / 2 + v * exp(-v * v / 2) / (2 * Double.pi).squareRoot()
      worstSlope = max(worstSlope, abs(Double(slopes[i]) - slope))
    }
    #expect(worst < 1.5e-7 && worstSlope < 3e-7, "off by \(worst), slopes by \(worstSlope)")
  }
}

@Suite struct PoolingTests {
  @Test(arguments: [1, 16, 33])
  func computesTanhAndItsGradientInTheStatedOrder(count: Int) {
    var random = TestRandom(UInt64(count), "tests/tanh")
    let (x, d) = (random.normals(count), random.normals(count))
    let (y, dX) = (GuardedFloats(x), GuardedFloats(d))
    tanhForward(y.pointer, y.reading, count: count)
    #expect(bitMismatch(y.array, x.map { exactTanh($0) }) == nil && y.isIntact)
    tanhBackward(dX.pointer, output: y.reading, count: count)
    #expect(bitMismatch(dX.array, zip(d, y.array).map { $0 * fused($1, -$1, 1) }) == nil && dX.isIntact)
  }

  @Test(arguments: [1, 2, 7])
  func computesTheMeanAsAChainOfAdditions(rows count: Int) {
    var random = TestRandom(UInt64(count), "tests/mean")
    let width = 19
    let x = random.normals(count * width)
    let out = GuardedFloats(count: width)
    meanOfRows(out.pointer, guarded(x), rows: count, width: width)
    let expected = (0..<width).map { c in
      (1..<count).reduce(x[c]) { $0 + x[$1 * width + c] } / Float(count)
    }
    #expect(bitMismatch(out.array, expected) == nil && out.isIntact)
  }
}
