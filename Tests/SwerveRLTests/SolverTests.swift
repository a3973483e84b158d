import SwerveTestSupport
import Testing

@testable import SwerveRL

/// What a fit of a head is made of: directions and the search along them.
@Suite struct SolverTests {
  static let seeds: [UInt64] = [1, 2, 3, UInt64.random(in: 0..<1 << 32)]

  /// Minus H g, with H from the full formula of BFGS (Nocedal and Wright 2006, equation 6.17), begun with a multiple of 1.
  private func naive(_ pairs: [LimitedMemoryBFGS.Pair], _ gradient: [Float]) -> [Double] {
    let n = gradient.count
    let scale = pairs.last.map { $0.curvature / $0.square } ?? 1
    var h = (0..<n).map { i in (0..<n).map { i == $0 ? scale : 0 } }
    for pair in pairs {
      let (s, y) = (pair.point.map(Double.init), pair.gradient.map(Double.init))
      let rho = 1 / zip(s, y).reduce(0.0) { $0 + $1.0 * $1.1 }
      let left = (0..<n).map { i in (0..<n).map { (i == $0 ? 1 : 0) - rho * s[i] * y[$0] } }
      func product(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
        (0..<n).map { i in (0..<n).map { j in (0..<n).reduce(0.0) { $0 + a[i][$1] * b[$1][j] } } }
      }
      let transposed = (0..<n).map { i in (0..<n).map { left[$0][i] } }
      h = product(product(left, h), transposed)
      for i in 0..<n { for j in 0..<n { h[i][j] += rho * s[i] * s[j] } }
    }
    return h.map { row in -zip(row, gradient).reduce(0.0) { $0 + $1.0 * Double($1.1) } }
  }

  @Test(arguments: seeds)
  func estimatesTheInverseHessianAsTheFullFormula(seed: UInt64) throws {
    var random = TestRandom(seed, "tests/lbfgs")
    let n = random.within(2...6)
    var directions = LimitedMemoryBFGS(history: 4)
    // Gradients of a quadratic with positive curvature.
    let diagonal = (0..<n).map { _ in Float(random.within(1...9)) }
    for added in 0...6 {
      let gradient = random.normals(n)
      let kept = Array(directions.pairs)
      #expect(kept.count == min(added, 4))
      for (found, expected) in zip(directions.direction(gradient), naive(kept, gradient)) {
        #expect(abs(found - expected) < 1e-9 * max(1, abs(expected)), "seed \(seed)")
      }
      let s = random.normals(n)
      directions.add(try #require(LimitedMemoryBFGS.Pair(point: s, gradient: zip(s, diagonal).map { $0 * $1 })))
    }
  }

  @Test func refusesAPairWithoutCurvature() {
    #expect(LimitedMemoryBFGS.Pair(point: [1, 0], gradient: [0, 1]) == nil)
    #expect(LimitedMemoryBFGS.Pair(point: [1, 2], gradient: [-1, 0]) == nil)
    #expect(LimitedMemoryBFGS.Pair(point: [0, 0], gradient: [0, 0]) == nil)
  }

  // MARK: The search

  /// Functions with a minimum, and their derivatives, from a slope below 0 at 0.
  private static let functions: [@Sendable (Double) -> (value: Double, slope: Double)] = [
    { x in ((x - 3) * (x - 3), 2 * (x - 3)) },
    { x in ((x - 1e-4) * (x - 1e-4) * 1e6, 2e6 * (x - 1e-4)) },
    { x in ((x - 900) * (x - 900) / 1e3, (x - 900) / 5e2) },
    // More and Thuente (1994), 5.1 and 5.2.
    { x in (-x / (x * x + 2), (x * x - 2) / ((x * x + 2) * (x * x + 2))) },
    { x in
      let u = x + 0.004
      let cube = u * u * u
      return (cube * u * u - 2 * cube * u, 5 * cube * u - 8 * cube)
    },
  ]

  @Test(arguments: functions.indices, [1e-3, 1e-1, 1, 10, 1e3])
  func findsAStepThatMeetsTheStrongWolfeConditions(function: Int, first: Double) throws {
    let f = Self.functions[function]
    let start = f(0)
    var search = WolfeSearch(value: start.value, slope: start.slope)
    var last = 0.0
    let found = search.run(first: first) { step in
      last = step
      return f(step)
    }
    let point = try #require(found)
    #expect(point.step == last && point.value == f(last).value && search.evaluations <= WolfeSearch.mostEvaluations)
    #expect(point.value <= start.value + 1e-4 * point.step * start.slope)
    #expect(abs(point.slope) <= 0.9 * abs(start.slope))
  }

  @Test func acceptsAStepWhoseDecreaseIsLostInRounding() {
    // The value is constant to its precision, the slope still says where the minimum is.
    var search = WolfeSearch(value: 1, slope: -1e-9)
    let found = search.run(first: 1) { step in
      (1 + 1e-9 * (step * 7).truncatingRemainder(dividingBy: 2), 1e-9 * (step - 1))
    }
    #expect(found?.step == 1)
  }

  @Test func givesUpWhereNoStepIsGoodEnough() {
    var search = WolfeSearch(value: 0, slope: -1)
    #expect(search.run(first: 1) { ($0, 1) } == nil)
    #expect(search.evaluations == WolfeSearch.mostEvaluations)
    var falling = WolfeSearch(value: 0, slope: -1)
    #expect(falling.run(first: 1) { (-$0, -1) } == nil)
    var broken = WolfeSearch(value: 0, slope: -1)
    #expect(broken.run(first: 1) { _ in (.nan, .nan) } == nil)
  }
}
