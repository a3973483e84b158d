import Foundation
import SwerveTestSupport
import Testing

@testable import SwerveTensor

/// Values against naive twins in Float, bit for bit: the order that each operation's documentation states, written
/// again.
@Suite struct TapeForwardTests {
  /// Sixteen chains, then the tree.
  static func naiveSum(_ x: [Float]) -> Float {
    var lanes = [Float](repeating: 0, count: 16)
    for i in x.indices { lanes[i % 16] += x[i] }
    for half in [8, 4, 2, 1] {
      for i in 0..<half { lanes[i] += lanes[i + half] }
    }
    return lanes[0]
  }

  static func naiveStd(_ x: [Float]) -> Float {
    let mean = x.map(Double.init).reduce(0, +) / Double(x.count)
    let squares = x.map { (Double($0) - mean) * (Double($0) - mean) }.reduce(0, +)
    return Float((squares / Double(x.count)).squareRoot())
  }

  static func naiveMean(_ x: [Float]) -> Float { Float(x.map(Double.init).reduce(0, +) / Double(x.count)) }

  static func naiveSoftmax(_ x: [Float]) -> [Float] {
    let top = x.max() ?? 0
    let e = x.map { exactExp($0 - top) }
    let total = naiveSum(e)
    return e.map { $0 / total }
  }

  static func rows(_ x: Tensor) -> [[Float]] {
    guard let layout = x.shape.layout else { return [] }
    return (0..<layout.rows).map { Array(x.values[layout.range(ofRow: $0)]) }
  }

  @Test(arguments: 0..<70)
  func sumsInSixteenChainsAndATree(count: Int) throws {
    var random = TapeRandom(UInt64(count))
    let x = try random.tokens(TokenLayout(rowLengths: [count]))
    #expect(sameBits(x.sum().values, [Self.naiveSum(x.values)]), "seed \(count)")
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func computesReductionsInTheStatedOrder(seed: UInt64) throws {
    var random = TapeRandom(seed)
    let x = try random.tokens(random.layout())
    #expect(sameBits(try x.mean().values, [Self.naiveMean(x.values)]), "seed \(seed)")
    #expect(sameBits(try x.std().values, [Self.naiveStd(x.values)]), "seed \(seed)")
    #expect(sameBits(try x.min().values, [x.values.min() ?? 0]), "seed \(seed)")
    #expect(sameBits(try x.max().values, [x.values.max() ?? 0]), "seed \(seed)")
    #expect(sameBits(try x.softmax().values, Self.naiveSoftmax(x.values)), "seed \(seed)")
    let top = x.values.max() ?? 0
    let logTotal = exactLog(Self.naiveSum(x.values.map { exactExp($0 - top) }))
    #expect(sameBits(try x.logSoftmax().values, x.values.map { ($0 - top) - logTotal }), "seed \(seed)")
  }

  /// Rounding must not tell equal values apart: what a script normalizes by them would be noise.
  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func givesEqualValuesTheirExactMeanAndNoDeviation(seed: UInt64) throws {
    var random = TapeRandom(seed)
    let layout = random.layout()
    let value = random.values(1, in: -1...1)[0] * [1e-30, 0.1, 1, 100.1, 1e30][Int(seed % 5)]
    let x = try Tensor.variable([Float](repeating: value, count: layout.count), shape: .tokens(layout))
    #expect(try x.mean().values == [value], "seed \(seed): \(layout.count) of \(value)")
    #expect(try x.std().values == [0], "seed \(seed)")
    #expect(try x.rowMean().values == x.values && x.rowStd().values.allSatisfy { $0 == 0 }, "seed \(seed)")
    try x.std().backward()
    #expect(x.gradient?.allSatisfy { $0 == 0 } ?? false, "seed \(seed)")
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func computesRowOperationsInTheStatedOrder(seed: UInt64) throws {
    var random = TapeRandom(seed)
    let x = try random.tokens(random.layout())
    func expect(_ found: Tensor, _ f: ([Float]) -> Float) {
      let expected = Self.rows(x).flatMap { row in row.map { _ in f(row) } }
      #expect(sameBits(found.values, expected), "seed \(seed)")
      #expect(found.shape == x.shape)
    }
    try expect(x.rowSum(), Self.naiveSum)
    try expect(x.rowMean(), Self.naiveMean)
    try expect(x.rowStd(), Self.naiveStd)
    try expect(x.rowMin()) { $0.min() ?? 0 }
    try expect(x.rowMax()) { $0.max() ?? 0 }
    for q in [0, 0.2, 0.5, 0.8, 1] {
      try expect(x.rowQuantile(q)) { row in (try? column([row]).quantile(q).values[0]) ?? .nan }
    }
    #expect(sameBits(try x.rowSoftmax().values, Self.rows(x).flatMap(Self.naiveSoftmax)), "seed \(seed)")
    let sums = Self.rows(x).flatMap { row in row.indices.map { row[...$0].dropFirst().reduce(row[0], +) } }
    #expect(sameBits(try x.cumsum().values, sums), "seed \(seed)")
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func computesVocabularyOperationsTokenByToken(seed: UInt64) throws {
    var random = TapeRandom(seed)
    let layout = random.layout()
    let size = random.cursor.within(1...40)
    let values = random.values(layout.count * size, in: -3...3)
    let x = try Tensor.constant(values, shape: .tokensBy(layout, size))
    let pieces = (0..<layout.count).map { Array(values[$0 * size..<($0 + 1) * size]) }
    #expect(sameBits(try x.vocabSum().values, pieces.map(Self.naiveSum)), "seed \(seed)")
    #expect(sameBits(try x.vocabMax().values, pieces.map { $0.max() ?? 0 }), "seed \(seed)")
    #expect(sameBits(try x.softmax().values, pieces.flatMap(Self.naiveSoftmax)), "seed \(seed)")
    let index = pieces.indices.map { Float($0 * 5 % size) }
    let picked = try x.gather(.constant(index, shape: .tokens(layout)))
    #expect(picked.values == pieces.indices.map { pieces[$0][$0 * 5 % size] })
    #expect(picked.shape == .tokens(layout))
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func computesElementwiseOperationsAsOneIEEEOperation(seed: UInt64) throws {
    var random = TapeRandom(seed)
    let layout = random.layout()
    let a = try random.tokens(layout)
    let b = try random.tokens(layout)
    func expect(_ found: Tensor, _ f: (Float, Float) -> Float) {
      #expect(sameBits(found.values, zip(a.values, b.values).map(f)), "seed \(seed)")
    }
    try expect(a.add(b), +)
    try expect(a.sub(b), -)
    try expect(a.mul(b), *)
    try expect(a.div(b), /)
    try expect(a.min(b)) { Swift.min($0, $1) }
    try expect(a.max(b)) { Swift.max($0, $1) }
    try expect(a.lt(b)) { $0 < $1 ? 1 : 0 }
    try expect(a.le(b)) { $0 <= $1 ? 1 : 0 }
    try expect(a.gt(b)) { $0 > $1 ? 1 : 0 }
    try expect(a.ge(b)) { $0 >= $1 ? 1 : 0 }
    try expect(a.eq(a)) { _, _ in 1 }
    try expect(a.ne(a)) { _, _ in 0 }
    try expect(a.gt(.scalar(0)).and(b.gt(.scalar(0)))) { $0 > 0 && $1 > 0 ? 1 : 0 }
    try expect(a.gt(.scalar(0)).or(b.gt(.scalar(0)))) { $0 > 0 || $1 > 0 ? 1 : 0 }
    try expect(a.gt(.scalar(0)).not()) { a, _ in a > 0 ? 0 : 1 }
    try expect(a.gt(.scalar(0)).select(a, b)) { $0 > 0 ? $0 : $1 }
    try expect(a.clamp(lo: -0.5, hi: 1)) { a, _ in Swift.min(Swift.max(a, -0.5), 1) }
    expect(a.neg()) { a, _ in -a }
    expect(a.abs()) { a, _ in a.magnitude }
    expect(a.square()) { a, _ in a * a }
    expect(a.abs().sqrt()) { a, _ in a.magnitude.squareRoot() }
    expect(a.exp()) { a, _ in exactExp(a) }
    expect(a.abs().log()) { a, _ in exactLog(a.magnitude) }
    expect(a.tanh()) { a, _ in exactTanh(a) }
    expect(a.sigmoid()) { a, _ in exactSigmoid(a) }
  }

  @Test func repeatsScalarsAndColumnsWhenBroadcasting() throws {
    let layout = TokenLayout(rowLengths: [1, 0, 2])
    let wide = try Tensor.constant([1, 2, 3, 4, 5, 6], shape: .tokensBy(layout, 2))
    let tall = try Tensor.constant([10, 20, 30], shape: .tokens(layout))
    #expect(try wide.add(tall).values == [11, 12, 23, 24, 35, 36])
    #expect(try tall.sub(wide).values == [9, 8, 17, 16, 25, 24])
    #expect(try tall.mul(.scalar(2)).values == [20, 40, 60])
    #expect(try Tensor.scalar(2).sub(wide).shape == wide.shape)
    #expect(try Tensor.scalar(2).add(.scalar(3)).shape == .scalar)
    #expect(try Tensor.scalar(1).select(tall, wide).values == [10, 10, 20, 20, 30, 30])
    #expect(try tall.gt(.scalar(15)).select(.scalar(1), wide).values == [1, 2, 1, 1, 1, 1])
  }

  @Test func keepsNaNInMinAndMax() throws {
    let x = try column([[1, .nan, 3]])
    #expect(try x.min().values[0].isNaN && x.max().values[0].isNaN && x.rowMax().values[0].isNaN)
    #expect(try sameBits(x.max(.scalar(2)).values, [2, .nan, 3]))
    #expect(try sameBits(Tensor.scalar(2).min(x).values, [1, .nan, 2]))
    #expect(try sameBits(x.clamp(lo: 0, hi: 2).values, [1, .nan, 2]))
  }

  @Test func rejectsAReductionOverNothingExceptASum() throws {
    let x = try column([[], []])
    #expect(x.sum().values == [0])
    #expect(try x.rowMean().values.isEmpty && x.softmax().values.isEmpty && x.rank().values.isEmpty)
    #expect(throws: TensorError(message: "mean needs at least one value, got tokens(0 in 2 rows)")) { try x.mean() }
    #expect(throws: TensorError(message: "quantile needs at least one value, got tokens(0 in 2 rows)")) {
      try x.quantile(0.5)
    }
  }
}
