import Foundation
import SwerveTestSupport
import Testing

@testable import SwerveTensor

/// The backward of every kernel against central differences of its forward in Double.
///
/// Step 1e-5: the differences are off by about 1e-10 (third derivatives) + 1e-16 / 1e-5 = 1e-11 of the function.
/// Rounding in Float is what remains: sums of up to 100 products, each within 2^-24 of its term, whose errors mostly
/// cancel. `room` is relative to the largest element of the gradient, as elements that cancel to near 0 keep the
/// rounding of their terms.
@Suite struct KernelGradientTests {
  static let step = 1e-5
  static let room = 2e-6

  /// The sum of `f` weighed with `d`, so that its gradient is what a backward pass with dOut = d gives.
  private func weighed(_ f: [Double], _ d: [Float]) -> Double { zip(f, d).reduce(0) { $0 + $1.0 * Double($1.1) } }

  private func slopes(_ x: [Float], _ f: ([Double]) -> Double) -> [Double] {
    let x = x.map(Double.init)
    return x.indices.map { slope(x, at: $0, step: Self.step, f) }
  }

  @Test(arguments: [(1, 1), (2, 3), (3, 17), (2, 40)], [1, 2] as [UInt64])
  func matchesTheSlopesOfLayerNorm(_ shape: (rows: Int, width: Int), seed: UInt64) {
    let item = LayerNormCase(rows: shape.rows, width: shape.width, seed: seed)
    let zeros = [item.x, item.weight, item.bias].map { [Float](repeating: 0, count: $0.count) }
    let found = item.backward(adding: zeros).gradients
    func loss(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> Double {
      let out = rows(of: x, width: item.width).flatMap {
        doubleLayerNorm($0, weight: weight, bias: bias, epsilon: Double(LayerNormCase.epsilon))
      }
      return weighed(out, item.dOut)
    }
    let (x, weight, bias) = (item.x.map(Double.init), item.weight.map(Double.init), item.bias.map(Double.init))
    #expect(relativeError(found[1], slopes(item.weight) { loss(x, $0, bias) }) < Self.room, "dWeight \(shape) \(seed)")
    #expect(relativeError(found[2], slopes(item.bias) { loss(x, weight, $0) }) < Self.room, "dBias \(shape) \(seed)")
    // One column is its own mean: the gradient is 0 by cancellation.
    let dX = slopes(item.x) { loss($0, weight, bias) }
    if item.width > 1 { #expect(relativeError(found[0], dX) < Self.room, "dX \(shape) \(seed)") }
  }

  @Test func matchesTheSlopesOfGELU() {
    var random = TestRandom(3)
    let x = random.normals(300, standardDeviation: 2)
    let d = random.normals(300)
    let dX = GuardedFloats(d)
    let out = GuardedFloats(count: 300)
    geluBackward(dX: dX.pointer, out: out.pointer, dX.reading, guarded(x), count: 300)
    let expected = zip(x, d).map { x, d in
      slope([Double(x)], at: 0, step: Self.step) { doubleGELU($0[0]) } * Double(d)
    }
    #expect(relativeError(dX.array, expected) < Self.room)
    #expect(relativeError(out.array, x.map { doubleGELU(Double($0)) }) < Self.room)
  }

  @Test(arguments: [(1, 1, 4), (3, 2, 3), (7, 1, 8), (34, 2, 2)], [1, 2] as [UInt64])
  func matchesTheSlopesOfAttention(_ shape: (length: Int, heads: Int, headWidth: Int), seed: UInt64) {
    let twin = AttentionTwin(length: shape.length, heads: shape.heads, headWidth: shape.headWidth, seed: seed)
    var random = TestRandom(seed)
    let x = twin.qkv.map(Double.init)
    let found = twin.kernelBackward().dQkv
    func loss(_ qkv: [Double]) -> Double {
      weighed(doubleAttention(rows(of: qkv, width: 3 * twin.width), heads: twin.heads).flatMap { $0 }, twin.dOut)
    }
    let indices = random.indices(of: x.count, most: 40)
    let largest = found.reduce(0) { max($0, abs(Double($1))) }
    for index in indices {
      let expected = slope(x, at: index, step: Self.step, loss)
      #expect(abs(Double(found[index]) - expected) < 2 * Self.room * largest, "element \(index), \(twin)")
    }
    let out = doubleAttention(rows(of: x, width: 3 * twin.width), heads: twin.heads).flatMap { $0 }
    #expect(relativeError(twin.kernelForward().out, out) < Self.room, "\(twin)")
  }

  @Test(arguments: [1, 2, 5, 17, 41], [0.5, 1, 2] as [Float])
  func matchesTheSlopesOfTokenStatistics(count: Int, temperature: Float) {
    var random = TestRandom(UInt64(count), "tests/statistics")
    let logits = random.normals(count, standardDeviation: 2)
    let refLogits = random.normals(count, standardDeviation: 2)
    let g = TokenGradient(token: random.within(0...count - 1), logp: 0.7, entropy: -0.4, kl: 1.3)
    let found = kernelGradient(logits, refLogits, g, temperature)
    let reference = doubleLogSoftmax(refLogits.map(Double.init), temperature: Double(temperature))
    let expected = slopes(logits) { x in
      let logp = doubleLogSoftmax(x, temperature: Double(temperature))
      let entropy = -logp.reduce(0) { $0 + exp($1) * $1 }
      let kl = zip(logp, reference).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
      return Double(g.logp) * logp[g.token] + Double(g.entropy) * entropy + Double(g.kl) * kl
    }
    // The terms are of size 1 / tau even where they cancel.
    let scale = max(1 / Double(temperature), expected.reduce(0) { max($0, abs($1)) })
    let worst = zip(found, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
    #expect(worst < Self.room * scale, "count \(count), tau \(temperature)")
  }

  private func kernelGradient(
    _ logits: [Float], _ refLogits: [Float], _ g: TokenGradient, _ temperature: Float
  ) -> [Float] {
    let count = logits.count
    let logp = GuardedFloats(count: count)
    let refLogp = GuardedFloats(count: count)
    let found = GuardedFloats(count: count)
    logSoftmax(refLogp.pointer, guarded(refLogits), count: count, inverseTemperature: 1 / temperature)
    let row = SwerveTensor.tokenStatistics(
      logp.pointer, guarded(logits), refLogp: refLogp.reading, count: count, inverseTemperature: 1 / temperature)
    tokenStatisticsBackward(
      dLogits: found.pointer, g, logp: logp.reading, refLogp: refLogp.reading, entropy: row.entropy, kl: row.kl,
      count: count, inverseTemperature: 1 / temperature)
    return found.array
  }
}
