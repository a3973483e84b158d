import SwerveTestSupport
import Testing

@testable import SwerveTensor

@Suite struct RMSNormTests {
  /// Rows to normalize with everything that the kernels read.
  private struct Case {
    let rows: Int
    let width: Int
    var x: [Float]
    var weight: [Float]
    var dOut: [Float]
    let epsilon: Float = 1e-5

    init(rows: Int, width: Int, seed: UInt64) {
      var random = TestRandom(seed, "tests/rmsnorm")
      (self.rows, self.width) = (rows, width)
      x = random.normals(rows * width, standardDeviation: random.uniform(0.1...4))
      weight = random.normals(width, standardDeviation: 0.3).map { $0 + 1 }
      dOut = random.normals(rows * width)
    }

    func rstd(_ row: Int) -> Float {
      1
        / (naiveLanes(width) { fused(x[row * width + $1], x[row * width + $1], $0) } / Float(width) + epsilon)
        .squareRoot()
    }

    func forward(inPlace: Bool) -> (out: [Float], statistics: [Float], isIntact: Bool) {
      let out = GuardedFloats(x)
      let input = GuardedFloats(x)
      let statistics = GuardedFloats(count: rows)
      rmsNormForward(
        out.pointer, statistics.pointer, inPlace ? out.reading : input.reading, weight: guarded(weight), rows: rows,
        width: width, epsilon: epsilon)
      return (out.array, statistics.array, out.isIntact && statistics.isIntact)
    }
  }

  @Test(arguments: [1, 2, 5], [1, 2, 3] as [UInt64])
  func computesForwardInTheStatedOrder(rows: Int, seed: UInt64) {
    var random = TestRandom(seed)
    for width in edgeSizes(&random) {
      let item = Case(rows: rows, width: width, seed: seed)
      let rstd = (0..<rows).map(item.rstd)
      let expected = item.x.indices.map { item.x[$0] * rstd[$0 / width] * item.weight[$0 % width] }
      for inPlace in [false, true] {
        let found = item.forward(inPlace: inPlace)
        #expect(bitMismatch(found.out, expected) == nil, "rows \(rows), width \(width), seed \(seed)")
        #expect(bitMismatch(found.statistics, rstd) == nil && found.isIntact)
      }
      let again = GuardedFloats(count: rows * width)
      rmsNormRecompute(
        again.pointer, guarded(rstd), guarded(item.x), weight: guarded(item.weight), rows: rows, width: width)
      #expect(bitMismatch(again.array, expected) == nil && again.isIntact)
    }
  }

  @Test(arguments: [1, 2, 5], [6, 7, 8] as [UInt64])
  func addsGradientsInTheStatedOrder(rows: Int, seed: UInt64) {
    var random = TestRandom(seed)
    for width in edgeSizes(&random) {
      let item = Case(rows: rows, width: width, seed: seed)
      var dX = random.normals(rows * width)
      var dWeight = random.normals(width)
      let (foundX, foundWeight) = (GuardedFloats(dX), GuardedFloats(dWeight))
      let rstd = (0..<rows).map(item.rstd)
      rmsNormBackward(
        dX: foundX.pointer, dWeight: foundWeight.pointer, guarded(item.dOut), guarded(rstd), guarded(item.x),
        weight: guarded(item.weight), rows: rows, width: width)
      for row in 0..<rows {
        let first = row * width
        let normal = (0..<width).map { item.x[first + $0] * rstd[row] }
        let g = (0..<width).map { item.dOut[first + $0] * item.weight[$0] }
        let mean = naiveLanes(width) { fused(g[$1], normal[$1], $0) } / Float(width)
        for c in 0..<width {
          dWeight[c] = fused(item.dOut[first + c], normal[c], dWeight[c])
          dX[first + c] = fused(fused(normal[c], -mean, g[c]), rstd[row], dX[first + c])
        }
      }
      #expect(bitMismatch(foundX.array, dX) == nil && foundX.isIntact, "rows \(rows), width \(width), seed \(seed)")
      #expect(bitMismatch(foundWeight.array, dWeight) == nil && foundWeight.isIntact, "width \(width), seed \(seed)")
    }
  }

  @Test(arguments: [1, 7, 64, 576, 1024])
  func isAccurate(width: Int) {
    let item = Case(rows: 3, width: width, seed: 9)
    let expected = rows(of: item.x.map(Double.init), width: width).flatMap {
      doubleRMSNorm($0, weight: item.weight.map(Double.init), epsilon: Double(item.epsilon))
    }
    #expect(relativeError(item.forward(inPlace: false).out, expected) < 4 * 0x1p-23, "width \(width)")
  }
}

@Suite struct SwiGLUTests {
  @Test(arguments: [1, 15, 16, 17, 33, 200])
  func computesForwardAndBackwardInTheStatedOrder(count: Int) {
    var random = TestRandom(UInt64(count), "tests/swiglu")
    let gate = random.normals(count, standardDeviation: 3)
    let up = random.normals(count)
    let d = random.normals(count)
    let s = gate.map { exactSigmoid($0) }
    let expected = gate.indices.map { gate[$0] * s[$0] * up[$0] }
    for place in 0..<3 {
      let (a, b, out) = (GuardedFloats(gate), GuardedFloats(up), GuardedFloats(count: count))
      let target = [out, a, b][place]
      swiGLUForward(target.pointer, gate: a.reading, up: b.reading, count: count)
      #expect(bitMismatch(target.array, expected) == nil && target.isIntact, "count \(count)")
    }
    let (dGate, dUp, out) = (GuardedFloats(count: count), GuardedFloats(d), GuardedFloats(count: count))
    swiGLUBackward(
      dGate: dGate.pointer, dUp: dUp.pointer, out: out.pointer, dUp.reading, gate: guarded(gate), up: guarded(up),
      count: count)
    #expect(bitMismatch(out.array, expected) == nil)
    #expect(bitMismatch(dUp.array, gate.indices.map { d[$0] * (gate[$0] * s[$0]) }) == nil)
    let slopes = gate.indices.map { d[$0] * up[$0] * fused(gate[$0] * s[$0], 1 - s[$0], s[$0]) }
    #expect(bitMismatch(dGate.array, slopes) == nil)
    #expect(out.isIntact && dUp.isIntact && dGate.isIntact)
  }

  @Test func isAccurate() {
    let gate = (0...4000).map { Float($0) / 100 - 20 }
    let out = GuardedFloats(count: gate.count)
    swiGLUForward(
      out.pointer, gate: guarded(gate), up: guarded([Float](repeating: 1, count: gate.count)), count: gate.count)
    let expected = gate.map { Float(doubleSiLU(Double($0))) }
    #expect(mismatch(out.array, expected, ulps: 8) == nil)
  }
}
