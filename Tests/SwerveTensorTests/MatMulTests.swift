import SwerveTestSupport
import Testing

@testable import SwerveTensor

/// One product: operands as plain row-major matrices, and how they lie in memory.
struct MatMulCase: CustomStringConvertible {
  enum Left: CaseIterable { case rows, transposed }
  enum Right: CaseIterable { case rows, transposed, panels, panelsOfTransposed }
  enum Start: CaseIterable { case zero, bias, accumulate, residual }

  let seed: UInt64
  let m: Int
  let n: Int
  let k: Int
  let left: Left
  let right: Right
  let start: Start
  var a: [Float]
  var b: [Float]
  var bias: [Float]
  var c: [Float]
  /// How far apart rows are beyond their length: A, B, C.
  let slack: [Int]
  /// Whether the steps of a transposed A and the rows of C are a multiple of 32 long, and C may be written there.
  let hasWholePanels: Bool

  init(
    _ m: Int, _ n: Int, _ k: Int, _ left: Left, _ right: Right, _ start: Start, seed: UInt64,
    hasWholePanels: Bool = false
  ) {
    self.hasWholePanels = hasWholePanels
    var random = TestRandom(seed, "tests/matmul")
    (self.m, self.n, self.k, self.left, self.right, self.start, self.seed) = (m, n, k, left, right, start, seed)
    a = random.normals(m * k)
    b = random.normals(k * n)
    bias = random.normals(n)
    c = random.normals(m * n)
    let drawn = (0..<3).map { _ in random.within(0...1) * random.within(0...9) }
    func toWholePanels(_ n: Int) -> Int { panelCount(k: 1, n: n) - n }
    slack = hasWholePanels ? [left == .rows ? 0 : toWholePanels(m), drawn[1], toWholePanels(n)] : drawn
  }

  var description: String { "(\(m), \(n), \(k)) \(left) \(right) \(start), slack \(slack), seed \(seed)" }

  /// C before the first step.
  var started: [Float] {
    c.indices.map { i in
      switch start {
      case .zero: 0
      case .bias: bias[i % n]
      case .accumulate: c[i]
      case .residual: c[i] + bias[i % n]
      }
    }
  }

  /// The product as one chain of fused steps per element.
  func naive() -> [Float] {
    var result = started
    for i in 0..<m {
      for j in 0..<n {
        var sum = result[i * n + j]
        for step in 0..<k { sum = fused(a[i * k + step], b[step * n + j], sum) }
        result[i * n + j] = sum
      }
    }
    return result
  }

  /// The kernel's result; nil if it wrote outside of C.
  /// - Parameter part: columns that one call computes, a multiple of 32; all if not given.
  func kernel(_ mode: MathMode, scratch: MatMulScratch, part: Int? = nil) -> [Float]? {
    let aMemory = GuardedFloats(
      left == .rows
        ? spread(a, columns: k, stride: k + slack[0])
        : spread(SwerveTensorTests.transposed(a, rows: m, columns: k), columns: m, stride: m + slack[0]))
    let storedTransposed = right == .transposed || right == .panelsOfTransposed
    let bStride = (storedTransposed ? k : n) + slack[1]
    let bMemory = GuardedFloats(
      storedTransposed
        ? spread(SwerveTensorTests.transposed(b, rows: k, columns: n), columns: k, stride: bStride)
        : spread(b, columns: n, stride: bStride))
    let panelMemory = GuardedFloats(count: panelCount(k: k, n: n))
    // A residual start reads another matrix than the one that is written.
    let xMemory = GuardedFloats(spread(c, columns: n, stride: n + slack[2]))
    let unset = [Float](repeating: .nan, count: c.count)
    let cMemory = GuardedFloats(spread(start == .residual ? unset : c, columns: n, stride: n + slack[2]))
    let biasMemory = GuardedFloats(bias)
    let before = cMemory.array
    withExtendedLifetime((aMemory, bMemory, panelMemory, biasMemory, xMemory)) {
      for column in stride(from: 0, to: n, by: part ?? n) {
        matMul(
          cMemory.pointer, cStride: n + slack[2],
          left == .rows
            ? .rows(aMemory.reading, stride: k + slack[0]) : .transposed(aMemory.reading, stride: m + slack[0]),
          operand(bMemory, stride: bStride, panels: panelMemory), m: m, n: n, k: k,
          columns: part.map { column..<min(column + $0, n) }, hasWholePanels: hasWholePanels,
          start: matMulStart(biasMemory, xMemory), mode: mode, scratch: scratch)
      }
    }
    let after = cMemory.array
    let gapsAreWhole = after.indices.allSatisfy { $0 % (n + slack[2]) < n || (after[$0].isNaN && before[$0].isNaN) }
    guard cMemory.isIntact && panelMemory.isIntact && (gapsAreWhole || hasWholePanels) else { return nil }
    return gathered(after, columns: n, stride: n + slack[2], rows: m)
  }

  private func operand(_ b: GuardedFloats, stride: Int, panels: GuardedFloats) -> RightOperand {
    switch right {
    case .rows: .rows(b.reading, stride: stride)
    case .transposed: .transposed(b.reading, stride: stride)
    case .panels:
      .panels(packPanels(panels.pointer, stored: b.reading, stride: stride, transposed: false, k: k, n: n))
    case .panelsOfTransposed:
      .panels(packPanels(panels.pointer, stored: b.reading, stride: stride, transposed: true, k: k, n: n))
    }
  }

  private func matMulStart(_ bias: GuardedFloats, _ x: GuardedFloats) -> MatMulStart {
    switch start {
    case .zero: .zero
    case .bias: .bias(bias.reading)
    case .accumulate: .accumulate
    case .residual: .residual(x.reading, stride: n + slack[2], bias: bias.reading)
    }
  }
}

@Suite struct MatMulTests {
  /// One row, one column, one step, no step, whole tiles, and what is left over on each side of a tile, a wide tile, a panel,
  /// two panels, and the 64 rows up to which B is read where it lies.
  static let edges = [
    (1, 1, 1), (1, 70, 70), (70, 1, 70), (70, 70, 1), (3, 5, 0), (8, 32, 64), (8, 32, 65), (16, 64, 63), (24, 33, 9),
    (32, 32, 70), (7, 31, 5), (9, 33, 66), (65, 97, 34),
    (6, 64, 9), (12, 64, 9), (23, 128, 7), (24, 64, 1), (24, 64, 65), (32, 128, 9), (47, 96, 8), (49, 130, 66),
    (56, 96, 3), (2, 64, 9), (3, 128, 7), (4, 64, 65), (5, 96, 8), (27, 64, 9),
  ]

  private func sizes(_ random: inout TestRandom) -> [(Int, Int, Int)] {
    Self.edges + (0..<6).map { _ in (random.within(1...70), random.within(1...70), random.within(1...70)) }
  }

  /// Every start with every size.
  private func cases(
    _ sizes: [(Int, Int, Int)], _ left: MatMulCase.Left, _ right: MatMulCase.Right, seed: Int
  ) -> [MatMulCase] {
    MatMulCase.Start.allCases.flatMap { start in
      sizes.enumerated().map { place, size in
        MatMulCase(size.0, size.1, size.2, left, right, start, seed: UInt64(seed + place))
      }
    }
  }

  @Test(arguments: MatMulCase.Left.allCases, MatMulCase.Right.allCases)
  func computesEveryElementAsOneChainOfFusedSteps(left: MatMulCase.Left, right: MatMulCase.Right) {
    var random = TestRandom(11)
    let scratch = MatMulScratch()
    for start in MatMulCase.Start.allCases {
      for (place, (m, n, k)) in sizes(&random).enumerated() {
        let item = MatMulCase(m, n, k, left, right, start, seed: UInt64(place))
        guard let found = item.kernel(.exact, scratch: scratch) else {
          Issue.record("\(item): written outside of C")
          continue
        }
        let difference = bitMismatch(found, item.naive())
        #expect(difference == nil, "\(item)")
      }
    }
  }

  @Test(arguments: MatMulCase.Left.allCases, MatMulCase.Right.allCases)
  func computesTheSameInPartsOfTheColumns(left: MatMulCase.Left, right: MatMulCase.Right) {
    let scratch = MatMulScratch()
    for item in cases([(9, 97, 34), (16, 128, 70), (5, 33, 3)], left, right, seed: 300) {
      let (expected, magnitude) = inDouble(item)
      for part in [32, 64, 96] {
        let exact = item.kernel(.exact, scratch: scratch, part: part).map { bitMismatch($0, item.naive()) }
        #expect(exact == .some(nil), "\(item) by \(part)")
        let blas = item.kernel(.blas, scratch: scratch, part: part).map { found in
          mismatch(found, expected.map { Float($0) }, slack: { Double(item.k + 2) * 0x1p-24 * magnitude[$0] })
        }
        #expect(blas == .some(nil), "\(item) by \(part)")
      }
    }
  }

  /// As the blocks of attention have it: a C and a transposed A of whole panels, of which not all counts.
  @Test(arguments: MatMulCase.Left.allCases, MatMulCase.Right.allCases)
  func computesTheSameWithRoomForWholePanels(left: MatMulCase.Left, right: MatMulCase.Right) {
    let scratch = MatMulScratch()
    for (place, (m, n, k)) in [(31, 31, 8), (13, 32, 31), (1, 1, 5), (25, 13, 66), (33, 45, 9), (70, 97, 4)]
      .enumerated()
    {
      for start in [.zero, .accumulate] as [MatMulCase.Start] {
        let item = MatMulCase(m, n, k, left, right, start, seed: UInt64(500 + place), hasWholePanels: true)
        for mode in MathMode.allCases {
          guard let found = item.kernel(mode, scratch: scratch) else {
            Issue.record("\(item): written outside of C")
            continue
          }
          if mode == .exact {
            let difference = bitMismatch(found, item.naive())
            #expect(difference == nil, "\(item)")
          } else {
            #expect(relativeError(found, inDouble(item).values) < 1e-5, "\(item)")
          }
        }
      }
    }
  }

  @Test func computesLargeProductsAsTheSameChains() {
    let scratch = MatMulScratch()
    for (place, (m, n, k)) in [(131, 67, 259), (67, 150, 130), (5, 1024, 33), (9, 33, 1024)].enumerated() {
      for left in MatMulCase.Left.allCases {
        let item = MatMulCase(m, n, k, left, .panels, .bias, seed: UInt64(100 + place))
        let difference = item.kernel(.exact, scratch: scratch).map { bitMismatch($0, item.naive()) }
        #expect(difference == .some(nil), "\(item)")
      }
    }
  }

  /// Where one slice of 1024 steps ends and the next one begins.
  @Test(arguments: MatMulCase.Left.allCases, MatMulCase.Right.allCases)
  func computesTheSlicesOfALongProductAsOneChain(left: MatMulCase.Left, right: MatMulCase.Right) {
    let scratch = MatMulScratch()
    for item in cases([(9, 33, 2500), (8, 32, 1025), (3, 5, 2048)], left, right, seed: 400) {
      let difference = item.kernel(.exact, scratch: scratch).map { bitMismatch($0, item.naive()) }
      #expect(difference == .some(nil), "\(item)")
    }
  }

  /// A transposed A of more than 128 Ki floats is packed in blocks of its rows.
  @Test(arguments: MatMulCase.Right.allCases)
  func computesBlocksOfPackedRowsAsTheSameChains(right: MatMulCase.Right) {
    let scratch = MatMulScratch()
    for item in cases([(530, 70, 259), (1500, 3, 100)], .transposed, right, seed: 410) {
      let difference = item.kernel(.exact, scratch: scratch).map { bitMismatch($0, item.naive()) }
      #expect(difference == .some(nil), "\(item)")
    }
  }

  /// A sum of k + 1 terms in any order is off by at most (k + 1) 2^-24 of the sum of their magnitudes.
  @Test(arguments: MatMulCase.Left.allCases, MatMulCase.Right.allCases)
  func agreesWithBLASWithinTheBoundOfAnySummationOrder(left: MatMulCase.Left, right: MatMulCase.Right) {
    var random = TestRandom(12)
    let scratch = MatMulScratch()
    for start in [.zero, .residual] as [MatMulCase.Start] {
      for (place, (m, n, k)) in sizes(&random).enumerated() where k > 0 {
        let item = MatMulCase(m, n, k, left, right, start, seed: UInt64(200 + place))
        guard let found = item.kernel(.blas, scratch: scratch) else {
          Issue.record("\(item): written outside of C")
          continue
        }
        let (expected, magnitude) = inDouble(item)
        let difference = mismatch(
          found, expected.map { Float($0) }, slack: { Double(k + 2) * 0x1p-24 * magnitude[$0] })
        #expect(difference == nil, "\(item)")
      }
    }
  }

  private func inDouble(_ item: MatMulCase) -> (values: [Double], magnitudes: [Double]) {
    var values = item.started.map(Double.init)
    var magnitudes = values.map(abs)
    for i in 0..<item.m {
      for j in 0..<item.n {
        for step in 0..<item.k {
          let term = Double(item.a[i * item.k + step]) * Double(item.b[step * item.n + j])
          values[i * item.n + j] += term
          magnitudes[i * item.n + j] += abs(term)
        }
      }
    }
    return (values, magnitudes)
  }

  @Test func writesNothingWithoutRowsOrColumns() {
    for (m, n) in [(0, 5), (5, 0)] {
      let c = GuardedFloats(count: 25, filled: 3)
      let x = GuardedFloats(count: 25)
      withExtendedLifetime(x) {
        matMul(
          c.pointer, cStride: 5, .rows(x.reading, stride: 5), .rows(x.reading, stride: 5), m: m, n: n, k: 5,
          start: .zero, mode: .exact, scratch: MatMulScratch())
      }
      #expect(c.array == [Float](repeating: 3, count: 25))
    }
  }
}
