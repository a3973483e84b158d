import Testing

@testable import SwerveTensor

@Suite struct TapeOrderTests {
  /// Worked by hand from the sorted values -5 -1 1 2 3 4 6 9 (place q * 7), and equal to numpy.quantile.
  @Test(
    arguments: [(0, -5), (0.1, -2.2), (0.25, 0.5), (0.5, 2.5), (0.8, 5.2), (0.9, 6.9), (1, 9)] as [(Double, Float)])
  func interpolatesQuantilesAsNumPy(q: Double, expected: Float) throws {
    let x = try column([[3, -1, 4], [], [1, -5, 9, 2, 6]])
    #expect(try x.quantile(q).values == [expected])
    #expect(try x.quantile(q).shape == .scalar)
  }

  /// Sorted: 0.25 0.5 1 1 8, place q * 4.
  @Test(arguments: [(0, 0.25), (0.2, 0.45), (0.3, 0.6), (0.5, 1), (0.75, 1), (0.95, 6.6), (1, 8)] as [(Double, Float)])
  func interpolatesQuantilesOfEqualValuesAsNumPy(q: Double, expected: Float) throws {
    #expect(try column([[0.5, 0.25, 8, 1, 1]]).quantile(q).values == [expected])
  }

  @Test func returnsTheOnlyValueAndNaNAsQuantiles() throws {
    #expect(try Tensor.scalar(3).quantile(0.3).values == [3])
    #expect(try column([[1, .nan, 3]]).quantile(0).values[0].isNaN)
    #expect(try column([[-.infinity, -.infinity, 5]]).quantile(0.25).values == [-.infinity])
  }

  @Test(arguments: [-0.1, 1.5, Double.nan])
  func rejectsAQuantileOutsideZeroToOne(q: Double) throws {
    #expect(throws: TensorError(message: "quantile's q must be in 0...1, got \(q)")) {
      try Tensor.scalar(1).quantile(q)
    }
  }

  @Test func computesARowQuantileFromItsRowAlone() throws {
    let x = try column([[3, -1, 4], [], [1, -5, 9, 2, 6], [7], [2, .nan]])
    let found = try x.rowQuantile(0.25)
    #expect(sameBits(found.values, [1, 1, 1, 1, 1, 1, 1, 1, 7, .nan, .nan]))
    #expect(found.shape == x.shape)
    #expect(throws: TensorError(message: "row_quantile's q must be in 0...1, got 2.0")) { try x.rowQuantile(2) }
    #expect(throws: TensorError.self) { try Tensor.scalar(1).rowQuantile(0.5) }
  }

  @Test func ranksFromZeroWithTiesByPositionAndNaNLast() throws {
    let x = try column([[2, .nan, -1], [2, 0, -0.0, .infinity, -.infinity]])
    #expect(try x.rank().values == [4, 7, 1, 5, 2, 3, 6, 0])
    #expect(try x.rank().shape == x.shape)
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func ordersValuesAsAStableSort(seed: UInt64) {
    var random = TapeRandom(seed)
    var x = random.values(500, in: -1...1)
    for _ in 0..<200 { x[random.cursor.below(500)] = x[random.cursor.below(500)] }
    x = x.map { random.cursor.below(2) == 0 ? $0 * 1e30 : $0 * 0x1p-140 }
    let expected = x.indices.sorted { x[$0] != x[$1] ? x[$0] < x[$1] : $0 < $1 }
    #expect(ascendingOrder(x) == expected, "seed \(seed)")
  }

  @Test func carriesNoGradientThroughQuantileAndRank() throws {
    let x = try variableColumn([[1, 2, 3]])
    #expect(try !x.quantile(0.5).requiresGradient && !x.rowQuantile(0.5).requiresGradient)
    #expect(try !x.rank().requiresGradient && !x.gt(.scalar(1)).requiresGradient)
    #expect(!x.detach().requiresGradient)
  }
}
