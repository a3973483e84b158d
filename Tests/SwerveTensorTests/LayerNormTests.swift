import SwerveTestSupport
import Testing

@testable import SwerveTensor

/// Rows to normalize with everything that the kernel reads.
struct LayerNormCase {
  let rows: Int
  let width: Int
  var x: [Float]
  var weight: [Float]
  var bias: [Float]
  var dOut: [Float]
  static let epsilon: Float = 1e-5

  init(rows: Int, width: Int, seed: UInt64) {
    var random = TestRandom(seed, "tests/layernorm")
    (self.rows, self.width) = (rows, width)
    let offset = random.uniform(-3...3)
    x = random.normals(rows * width, standardDeviation: random.uniform(0.1...4)).map { $0 + offset }
    weight = random.normals(width, standardDeviation: 0.3).map { $0 + 1 }
    bias = random.normals(width)
    dOut = random.normals(rows * width)
  }

  func forward() -> (out: [Float], statistics: [Float], isIntact: Bool) {
    let out = GuardedFloats(count: rows * width)
    let statistics = GuardedFloats(count: 2 * rows)
    layerNormForward(
      out.pointer, statistics.pointer, guarded(x), weight: guarded(weight),
      bias: guarded(bias), rows: rows, width: width, epsilon: Self.epsilon)
    return (out.array, statistics.array, out.isIntact && statistics.isIntact)
  }

  /// The gradients added to `start`, in the order dX, dWeight, dBias.
  func backward(adding start: [[Float]]) -> (gradients: [[Float]], isIntact: Bool) {
    let targets = start.map { GuardedFloats($0) }
    layerNormBackward(
      dX: targets[0].pointer, dWeight: targets[1].pointer, dBias: targets[2].pointer, guarded(dOut),
      guarded(forward().statistics), guarded(x), weight: guarded(weight),
      rows: rows, width: width)
    return (targets.map(\.array), targets.allSatisfy(\.isIntact))
  }
}

/// The stated order of operations, one float at a time.
extension LayerNormCase {
  func naiveForward() -> (out: [Float], statistics: [Float]) {
    var out = x
    var statistics: [Float] = []
    for row in 0..<rows {
      let first = row * width
      let mean = naiveLanes(width) { $0 + x[first + $1] } / Float(width)
      let variance =
        naiveLanes(width) { lane, c in
          let d = x[first + c] - mean
          return fused(d, d, lane)
        } / Float(width)
      let rstd = 1 / (variance + Self.epsilon).squareRoot()
      statistics += [mean, rstd]
      for c in 0..<width { out[first + c] = fused((x[first + c] - mean) * rstd, weight[c], bias[c]) }
    }
    return (out, statistics)
  }

  func naiveBackward(adding start: [[Float]]) -> [[Float]] {
    var (dX, dWeight, dBias) = (start[0], start[1], start[2])
    let statistics = naiveForward().statistics
    for row in 0..<rows {
      let first = row * width
      let mean = statistics[2 * row]
      let rstd = statistics[2 * row + 1]
      let normal = (0..<width).map { (x[first + $0] - mean) * rstd }
      let g = (0..<width).map { dOut[first + $0] * weight[$0] }
      for c in 0..<width {
        dWeight[c] = fused(dOut[first + c], normal[c], dWeight[c])
        dBias[c] += dOut[first + c]
      }
      let gMean = naiveLanes(width) { $0 + g[$1] } / Float(width)
      let gnMean = naiveLanes(width) { fused(g[$1], normal[$1], $0) } / Float(width)
      for c in 0..<width {
        dX[first + c] = fused(fused(normal[c], -gnMean, g[c] - gMean), rstd, dX[first + c])
      }
    }
    return [dX, dWeight, dBias]
  }
}

@Suite struct LayerNormTests {
  @Test(arguments: [1, 2, 5], [1, 2, 3] as [UInt64])
  func computesForwardInTheStatedOrder(rows: Int, seed: UInt64) {
    var random = TestRandom(seed)
    for width in edgeSizes(&random) {
      let item = LayerNormCase(rows: rows, width: width, seed: seed)
      let found = item.forward()
      let expected = item.naiveForward()
      #expect(bitMismatch(found.out, expected.out) == nil, "rows \(rows), width \(width), seed \(seed)")
      #expect(bitMismatch(found.statistics, expected.statistics) == nil, "rows \(rows), width \(width), seed \(seed)")
      #expect(found.isIntact, "rows \(rows), width \(width), seed \(seed)")
    }
  }

  @Test(arguments: [1, 2, 5], [4, 5] as [UInt64])
  func recomputesTheBitsOfTheForwardPass(rows: Int, seed: UInt64) {
    var random = TestRandom(seed)
    for width in edgeSizes(&random) {
      let item = LayerNormCase(rows: rows, width: width, seed: seed)
      let forward = item.forward()
      let out = GuardedFloats(count: rows * width)
      layerNormRecompute(
        out.pointer, guarded(forward.statistics), guarded(item.x),
        weight: guarded(item.weight), bias: guarded(item.bias), rows: rows, width: width)
      #expect(bitMismatch(out.array, forward.out) == nil, "rows \(rows), width \(width), seed \(seed)")
      #expect(out.isIntact)
    }
  }

  @Test(arguments: [1, 2, 5], [6, 7, 8] as [UInt64])
  func addsGradientsInTheStatedOrder(rows: Int, seed: UInt64) {
    var random = TestRandom(seed)
    for width in edgeSizes(&random) {
      let item = LayerNormCase(rows: rows, width: width, seed: seed)
      let start = [random.normals(rows * width), random.normals(width), random.normals(width)]
      let found = item.backward(adding: start)
      #expect(found.isIntact, "rows \(rows), width \(width), seed \(seed)")
      for (a, b) in zip(found.gradients, item.naiveBackward(adding: start)) {
        #expect(bitMismatch(a, b) == nil, "rows \(rows), width \(width), seed \(seed)")
      }
    }
  }

  /// The widths of models, from one of 8 to one of 1024.
  @Test(arguments: [8, 12, 24, 96, 128, 256, 384, 768, 1000, 1024])
  func computesTheWidthsOfModelsInTheStatedOrder(width: Int) {
    let item = LayerNormCase(rows: 2, width: width, seed: 9)
    #expect(bitMismatch(item.forward().out, item.naiveForward().out) == nil)
    let zeros = [item.x, item.weight, item.bias].map { [Float](repeating: 0, count: $0.count) }
    for (a, b) in zip(item.backward(adding: zeros).gradients, item.naiveBackward(adding: zeros)) {
      #expect(bitMismatch(a, b) == nil)
    }
  }

  /// The variance of equal elements is 0 and epsilon alone keeps the result finite.
  @Test func returnsTheBiasForAConstantRow() {
    for width in [1, 16, 33] {
      let out = GuardedFloats(count: width)
      let statistics = GuardedFloats(count: 2)
      let bias = (0..<width).map { Float($0) }
      layerNormForward(
        out.pointer, statistics.pointer, guarded([Float](repeating: 0.5, count: width)),
        weight: guarded([Float](repeating: 2, count: width)), bias: guarded(bias), rows: 1, width: width,
        epsilon: 1e-5)
      #expect(out.array == bias)
    }
  }
}
