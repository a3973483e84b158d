import Foundation
import SwerveTestSupport
import Testing

@testable import SwerveTensor

/// How far the Float kernels are from the same formulas in Double, in units in the last place of the largest result: the size
/// of the numbers that the next layer adds up. (Elements that cancel to near 0 keep the rounding of their terms.)
///
/// The bounds are those that the kernels' files state, up to twice what was measured.
@Suite struct KernelAccuracyTests {
  /// The largest error in units in the last place of the largest magnitude.
  private func error(_ found: [Float], _ exact: [Double]) -> Double {
    let largest = exact.reduce(0) { max($0, abs($1)) }
    return relativeError(found, exact) * largest / Double(Float(largest).ulp)
  }

  /// Errors of a chain grow about as the square root of its length.
  @Test(arguments: [(16, 4.0), (128, 8), (512, 16), (1024, 32)])
  func computesMatMulWithinItsBound(k: Int, bound: Double) {
    for seed in 1...3 as ClosedRange<UInt64> {
      let item = MatMulCase(33, 65, k, .rows, .panels, .zero, seed: seed)
      var exact = [Double](repeating: 0, count: 33 * 65)
      for i in 0..<33 {
        for step in 0..<k {
          let a = Double(item.a[i * k + step])
          for j in 0..<65 { exact[i * 65 + j] += a * Double(item.b[step * 65 + j]) }
        }
      }
      let found = item.kernel(.exact, scratch: MatMulScratch()) ?? []
      let worst = error(found, exact)
      #expect(worst <= bound, "k \(k), seed \(seed)")
    }
  }

  @Test(arguments: [16, 128, 384, 1024])
  func computesLayerNormWithinItsBound(width: Int) {
    for seed in 1...3 as ClosedRange<UInt64> {
      let item = LayerNormCase(rows: 4, width: width, seed: seed)
      let exact = rows(of: item.x.map(Double.init), width: width).flatMap {
        doubleLayerNorm(
          $0, weight: item.weight.map(Double.init), bias: item.bias.map(Double.init),
          epsilon: Double(LayerNormCase.epsilon))
      }
      let worst = error(item.forward().out, exact)
      #expect(worst <= 4, "width \(width), seed \(seed)")
    }
  }

  /// Of each result itself, as nothing cancels; below x = -5 the result is the product of a small sigmoid, whose own accuracy in
  /// units of its last place falls with e^(-2u).
  @Test func computesGELUWithinItsBound() {
    let x = (0..<60_000).map { Float($0 - 30_000) / 5_000 }
    let out = GuardedFloats(count: x.count)
    geluForward(out.pointer, guarded(x), count: x.count)
    var worst = 0.0
    for (found, x) in zip(out.array, x) where x > -5 && x != 0 {
      // x sigmoid(2u): the form with 1 + tanh cancels on the left, even in Double.
      let exact = Double(x) / (1 + exp(-2 * (2 / Double.pi).squareRoot() * (Double(x) + 0.044715 * pow(Double(x), 3))))
      worst = max(worst, abs(Double(found) - exact) / Double(Float(exact).ulp))
    }
    #expect(worst <= 40)
    let all = error(out.array, x.map { doubleGELU(Double($0)) })
    #expect(all <= 2)
  }

  @Test(arguments: [(1, 64), (33, 64), (129, 32), (257, 16)])
  func computesAttentionWithinItsBound(length: Int, headWidth: Int) {
    for seed in 1...2 as ClosedRange<UInt64> {
      let twin = AttentionTwin(length: length, heads: 2, headWidth: headWidth, seed: seed)
      let exact = doubleAttention(rows(of: twin.qkv.map(Double.init), width: 3 * twin.width), heads: 2).flatMap { $0 }
      let worst = error(twin.kernelForward().out, exact)
      #expect(worst <= 24, "\(twin)")
    }
  }

  @Test(arguments: [2, 24, 1000, 50_257], [1, 0.5] as [Float])
  func computesLogSoftmaxWithinItsBound(count: Int, inverseTemperature: Float) {
    var random = TestRandom(UInt64(count))
    let x = random.normals(count, standardDeviation: 3)
    let out = GuardedFloats(count: count)
    logSoftmax(out.pointer, guarded(x), count: count, inverseTemperature: inverseTemperature)
    let exact = doubleLogSoftmax(x.map(Double.init), temperature: 1 / Double(inverseTemperature))
    let worst = error(out.array, exact)
    #expect(worst <= 2, "count \(count), which is the seed")
  }
}
