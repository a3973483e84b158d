import SwerveTestSupport
import Testing

@testable import SwerveTensor

/// Zeros of both signs, subnormal numbers, infinities and NaN in every kernel: the bits of the twin, and NaN stays NaN.
@Suite struct SpecialValueTests {
  /// What replaces one number in eight: numbers near zero, or these and the ones that are not finite.
  enum Values: CaseIterable {
    case tiny, all
    var list: [Float] { self == .tiny ? tinyFloats : tinyFloats + nonFiniteFloats }
  }

  @Test(arguments: Values.allCases, MatMulCase.Start.allCases)
  func computesProductsOfSpecialNumbersAsTheSameChains(values: Values, start: MatMulCase.Start) {
    let scratch = MatMulScratch()
    var random = TestRandom(31)
    for right in MatMulCase.Right.allCases {
      for (place, (m, n, k)) in [(1, 1, 1), (9, 33, 5), (17, 70, 3), (70, 31, 40)].enumerated() {
        for left in MatMulCase.Left.allCases {
          var item = MatMulCase(m, n, k, left, right, start, seed: UInt64(place))
          item.a = random.normals(m * k, with: values.list, in: values == .tiny ? 2 : 20)
          item.b = random.normals(k * n, with: values.list, in: values == .tiny ? 2 : 20)
          item.c = random.normals(m * n, with: values.list, in: 8)
          item.bias = random.normals(n, with: values.list, in: 8)
          let difference = item.kernel(.exact, scratch: scratch).map { bitMismatch($0, item.naive()) }
          #expect(difference == .some(nil), "\(item)")
        }
      }
    }
  }

  @Test(arguments: Values.allCases, [1, 7, 16, 33, 100])
  func computesLayerNormOfSpecialNumbersInTheStatedOrder(values: Values, width: Int) {
    var random = TestRandom(UInt64(32 + width))
    for seed in 1...6 as ClosedRange<UInt64> {
      var item = LayerNormCase(rows: 5, width: width, seed: seed)
      item.x = random.normals(5 * width, with: values.list, in: values == .tiny ? 2 : 4 * width)
      item.weight = random.normals(width, with: values.list, in: 8)
      item.bias = random.normals(width, with: values.list, in: 8)
      item.dOut = random.normals(5 * width, with: values.list, in: 8)
      let (found, expected) = (item.forward(), item.naiveForward())
      #expect(bitMismatch(found.out, expected.out) == nil, "seed \(seed)")
      #expect(bitMismatch(found.statistics, expected.statistics) == nil, "seed \(seed)")
      let start = [item.x, item.weight, item.bias]
      for (a, b) in zip(item.backward(adding: start).gradients, item.naiveBackward(adding: start)) {
        #expect(bitMismatch(a, b) == nil, "seed \(seed)")
      }
      for (i, x) in item.x.enumerated() where x.isNaN { #expect(found.out[i].isNaN, "seed \(seed)") }
    }
  }

  @Test func computesGELUOfSpecialNumbersInTheStatedOrder() {
    let x = tinyFloats + nonFiniteFloats + [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1e20, -1e20]
    let c1 = ElementwiseKernelTests.c1
    let c3 = ElementwiseKernelTests.c3
    func sigmoid(_ x: Float) -> Float { exactSigmoid(x * fused(c3, x * x, c1)) }
    let out = GuardedFloats(count: x.count)
    geluForward(out.pointer, guarded(x), count: x.count)
    #expect(bitMismatch(out.array, x.map { $0 * sigmoid($0) }) == nil)
    let dX = GuardedFloats([Float](repeating: -1.5, count: x.count))
    geluBackward(dX: dX.pointer, out: out.pointer, dX.reading, guarded(x), count: x.count)
    let slopes = x.map { x in
      let s = sigmoid(x)
      return -1.5 * fused(x * s * (1 - s), fused(3 * c3, x * x, c1), s)
    }
    #expect(bitMismatch(dX.array, slopes) == nil)
    for (i, x) in x.enumerated() where x.isNaN { #expect(out.array[i].isNaN && dX.array[i].isNaN) }
  }

  @Test func keepsNaNInReLU() {
    let x: [Float] = tinyFloats + nonFiniteFloats
    let out = GuardedFloats(x)
    reluForward(out.pointer, out.reading, count: x.count)
    #expect(bitMismatch(out.array, x.map { $0 < 0 ? 0 : $0 }) == nil)
  }

  @Test(arguments: Values.allCases, TokenStatisticsTests.counts)
  func computesSoftmaxOfSpecialNumbersInTheStatedOrder(values: Values, count: Int) {
    var random = TestRandom(UInt64(33 + count))
    for round in 0..<8 {
      let x = random.normals(count, with: values.list, in: values == .tiny ? 2 : max(count, 4))
      let twin = SoftmaxTwin(x, inverseTemperature: 0.5)
      let row = SoftmaxRow(guarded(x), count: count, inverseTemperature: 0.5)
      #expect(row.top == twin.top, "round \(round): \(x)")
      #expect(
        bitMismatch([row.total, row.logTotal], [twin.total, exactLog(twin.total)]) == nil, "round \(round): \(x)")
      let out = GuardedFloats(count: count)
      logSoftmax(out.pointer, guarded(x), count: count, inverseTemperature: 0.5)
      #expect(bitMismatch(out.array, twin.logp) == nil, "round \(round): \(x)")
      let again = GuardedFloats(count: count)
      let found = tokenStatistics(again.pointer, guarded(x), count: count, inverseTemperature: 0.5)
      #expect(bitMismatch(again.array, twin.logp) == nil && again.isIntact, "round \(round): \(x)")
      let logp = twin.logp
      let negentropy = naiveLanes(count) { fused(exactExp(logp[$1]), logp[$1], $0) }
      #expect(bitMismatch([found.entropy], [0 - negentropy]) == nil, "round \(round): \(x)")
      let weighted = naiveLanes(count) { lane, v in
        let e = exactExp(twin.z[v] - twin.top)
        return lane + (e == 0 ? 0 : e * (twin.z[v] - twin.top))
      }
      #expect(bitMismatch([row.weightedTotal(guarded(x), count: count)], [weighted]) == nil, "round \(round): \(x)")
      // One NaN or +infinity makes the whole row NaN, so that the log-probability of any chosen token shows it.
      if x.contains(where: { $0.isNaN || $0 == .infinity }) {
        #expect(out.array.allSatisfy { $0.isNaN }, "round \(round): \(x)")
        #expect(found.entropy.isNaN)
      }
    }
  }
}
