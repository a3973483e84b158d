import SwerveTestSupport
import Testing

@testable import SwerveTensor

/// GELU, ReLU, biases and the search for numbers that are not finite: one float at a time beside the kernels.
@Suite struct ElementwiseKernelTests {
  static let counts = Array(1...35) + [47, 48, 49, 64, 100, 129]
  /// The constants of GELU: 2 sqrt(2/pi), of which the kernel takes the float just below, and 0.044715 times that.
  static let c1: Float = 0x1.988454p0
  static let c3: Float = 0x1.2444f2p-4

  private func sigmoid(ofGELU x: Float) -> Float { exactSigmoid(x * fused(Self.c3, x * x, Self.c1)) }

  @Test(arguments: counts)
  func computesGELUInTheStatedOrder(count: Int) {
    var random = TestRandom(UInt64(count))
    let x = random.normals(count, standardDeviation: 3)
    let out = GuardedFloats(count: count)
    let inPlace = GuardedFloats(x)
    geluForward(out.pointer, guarded(x), count: count)
    geluForward(inPlace.pointer, inPlace.reading, count: count)
    #expect(bitMismatch(out.array, x.map { $0 * sigmoid(ofGELU: $0) }) == nil)
    #expect(bitMismatch(inPlace.array, out.array) == nil, "in place")
    #expect(out.isIntact && inPlace.isIntact)
  }

  @Test(arguments: counts)
  func computesTheGradientOfGELUInTheStatedOrder(count: Int) {
    var random = TestRandom(UInt64(count) + 1000)
    let x = random.normals(count, standardDeviation: 3)
    let d = random.normals(count)
    let out = GuardedFloats(count: count)
    let dX = GuardedFloats(d)
    geluBackward(dX: dX.pointer, out: out.pointer, dX.reading, guarded(x), count: count)
    let expected = zip(x, d).map { x, d in
      let s = sigmoid(ofGELU: x)
      let y = x * s
      return d * fused(y * (1 - s), fused(3 * Self.c3, x * x, Self.c1), s)
    }
    #expect(bitMismatch(dX.array, expected) == nil)
    #expect(bitMismatch(out.array, x.map { $0 * sigmoid(ofGELU: $0) }) == nil)
    #expect(out.isIntact && dX.isIntact)
  }

  /// 0 far on the left, the identity far on the right, and no NaN where exp overflows.
  @Test func computesGELUFlatOnTheLeftAndAsTheIdentityOnTheRight() {
    let x: [Float] = [-1e30, -40, -12, 0, 12, 40, 1e18]
    let out = GuardedFloats(count: x.count)
    geluForward(out.pointer, guarded(x), count: x.count)
    #expect(out.array.map { abs($0) } == [0, 0, 0, 0, 12, 40, 1e18])
  }

  @Test(arguments: counts)
  func keepsWhatIsAboveZeroInReLU(count: Int) {
    var random = TestRandom(UInt64(count) + 2000)
    var x = random.normals(count)
    x[random.within(0...count - 1)] = 0
    let d = random.normals(count)
    let out = GuardedFloats(x)
    let dX = GuardedFloats(d)
    reluForward(out.pointer, out.reading, count: count)
    reluBackward(dX.pointer, output: out.reading, count: count)
    #expect(bitMismatch(out.array, x.map { $0 < 0 ? 0 : $0 }) == nil)
    #expect(bitMismatch(dX.array, zip(x, d).map { $0 > 0 ? $1 : 0 }) == nil)
    #expect(out.isIntact && dX.isIntact)
  }

  @Test(arguments: [1, 2, 3, 17], [1, 15, 16, 17, 33, 70])
  func addsTheGradientOfABiasRowByRow(rows: Int, width: Int) {
    var random = TestRandom(UInt64(rows * 1000 + width))
    let d = random.normals(rows * width)
    let start = random.normals(width)
    let bias = GuardedFloats(start)
    biasBackward(bias.pointer, guarded(d), rows: rows, width: width)
    var expected = start
    for (i, value) in d.enumerated() { expected[i % width] += value }
    #expect(bitMismatch(bias.array, expected) == nil)
    #expect(bias.isIntact)
  }

  @Test(arguments: counts)
  func addsIntoABufferWithOneAdditionPerElement(count: Int) {
    expectElementwise(count, seed: 3000, kernel: { addInto($0, $1, count: count) }, element: +)
  }

  @Test(arguments: counts, [0, 0.3, -1] as [Float])
  func addsAScaledBufferWithOneFusedProductPerElement(count: Int, weight: Float) {
    expectElementwise(
      count, seed: 3200, kernel: { addScaled($0, $1, weight: weight, count: count) },
      element: { fused(weight, $1, $0) })
  }

  @Test(arguments: counts, [0, 0.25, 1] as [Float])
  func movesTowardABufferWithOneFusedProductPerElement(count: Int, weight: Float) {
    expectElementwise(
      count, seed: 3500, kernel: { moveToward($0, $1, weight: weight, count: count) },
      element: { fused(weight, $1 - $0, $0) })
  }

  /// That a kernel changes each element of its target as `element` says, from what it was and the source's.
  private func expectElementwise(
    _ count: Int, seed: UInt64, kernel: (UnsafeMutablePointer<Float>, UnsafePointer<Float>) -> Void,
    element: (Float, Float) -> Float
  ) {
    var random = TestRandom(UInt64(count) + seed)
    let a = random.normals(count)
    let b = random.normals(count)
    let target = GuardedFloats(a)
    kernel(target.pointer, guarded(b))
    #expect(bitMismatch(target.array, zip(a, b).map(element)) == nil)
    #expect(target.isIntact)
  }

  @Test(arguments: counts)
  func findsTheFirstNumberThatIsNotFinite(count: Int) {
    var random = TestRandom(UInt64(count) + 4000)
    let finite = random.normals(count).map { $0 * (.greatestFiniteMagnitude / 8) }
    #expect(firstNonFinite(guarded(finite), count: count) == nil)
    for bad in [Float.nan, .infinity, -.infinity] {
      var x = finite
      let first = random.within(0...count - 1)
      let second = random.within(first...count - 1)
      x[second] = -.infinity
      x[first] = bad
      #expect(firstNonFinite(guarded(x), count: count) == first, "count \(count), \(bad)")
    }
  }
}
