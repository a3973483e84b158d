import Testing

@testable import SwerveTensor

/// Every sentence of the tape, as a script's author reads it.
@Suite struct TapeErrorTests {
  private func expect(_ message: String, _ body: () throws -> Tensor, location: SourceLocation = #_sourceLocation) {
    #expect(throws: TensorError(message: message), sourceLocation: location) { try body() }
  }

  @Test func rejectsTensorsOfTwoLayouts() throws {
    let a = try column([[1, 2], [3]])
    let b = try column([[1], [2, 3]])
    let c = try column([[1, 2, 3]])
    expect(
      "add can't combine tokens(3 in 2 rows) with tokens(3 in 2 rows): row 0 has 2 tokens in one and 1 in the other"
    ) { try a.add(b) }
    expect(
      "where can't combine tokens(3 in 2 rows) with tokens(3 in 1 rows): one has 2 rows and the other 1"
    ) { try a.select(c, .scalar(0)) }
    let wide = try Tensor.constant([1, 2, 3, 4, 5, 6], shape: .tokensBy(TokenLayout(rowLengths: [2, 1]), 2))
    let wider = try Tensor.constant(
      [Float](repeating: 0, count: 9), shape: .tokensBy(TokenLayout(rowLengths: [2, 1]), 3))
    expect(
      "pow can't combine tokens(3 in 2 rows) x 2 with tokens(3 in 2 rows) x 3: each token has 2 values in one and 3 in "
        + "the other"
    ) { try wide.pow(wider) }
    expect(
      "gather can't combine tokens(3 in 2 rows) x 2 with tokens(3 in 1 rows): one has 2 rows and the other 1"
    ) { try wide.gather(c) }
  }

  @Test func namesTheShapeThatAnOperationNeeds() throws {
    let one = Tensor.scalar(1)
    let a = try column([[1, 2], [3]])
    expect("row_mean needs one value per token, got scalar") { try one.rowMean() }
    expect("cumsum needs one value per token, got scalar") { try one.cumsum() }
    expect("softmax needs tokens, got scalar") { try one.softmax() }
    expect("vocab_sum needs a value per token and vocabulary entry, got tokens(3 in 2 rows)") { try a.vocabSum() }
    expect("gather needs a value per token and vocabulary entry, got tokens(3 in 2 rows)") { try a.gather(a) }
    #expect(throws: TensorError(message: "item needs a scalar, got tokens(3 in 2 rows)")) { try a.item() }
    #expect(throws: TensorError(message: "count needs tokens, got scalar")) { try one.count() }
  }

  @Test func rejectsValuesThatDoNotFillTheShape() throws {
    let layout = TokenLayout(rowLengths: [2, 1])
    expect("a tensor of shape tokens(3 in 2 rows) holds 3 values, got 2") {
      try .constant([1, 2], shape: .tokens(layout))
    }
    expect("a tensor of shape (tokens, V) needs V >= 1, got 0") { try .variable([], shape: .tokensBy(layout, 0)) }
  }

  @Test(arguments: [2, -1, 0.5, Float.nan])
  func namesTheTokenWithABadIndexInGather(index: Float) throws {
    let layout = TokenLayout(rowLengths: [2, 0, 2])
    let x = try Tensor.constant([1, 2, 3, 4, 5, 6, 7, 8], shape: .tokensBy(layout, 2))
    let column = try Tensor.constant([0, 1, 1, index], shape: .tokens(layout))
    expect(
      "gather's index must be a whole number in 0...1, got \(index) at row 2, position 1 (both counted from 0)"
    ) { try x.gather(column) }
  }

  @Test func readsOneValueAndRejectsIndicesOutOfRange() throws {
    let a = try column([[1, 2], [], [3]])
    #expect(try a.at(row: 0, position: 1) == 2)
    #expect(try a.at(row: 2, position: 0) == 3)
    let wide = try Tensor.constant([1, 2, 3, 4], shape: .tokensBy(TokenLayout(rowLengths: [1, 1]), 2))
    #expect(try wide.at(row: 1, position: 0, entry: 1) == 4)
    func expectMessage(_ message: String, _ body: () throws -> Float) {
      #expect(throws: TensorError(message: message)) { try body() }
    }
    expectMessage("at's row is 3, but it must be in 0...2") { try a.at(row: 3, position: 0) }
    expectMessage("at's position is -1, but it must be in 0...1") { try a.at(row: 0, position: -1) }
    expectMessage("at's position is 0, but there is none") { try a.at(row: 1, position: 0) }
    expectMessage("at's entry is 2, but it must be in 0...1") { try wide.at(row: 1, position: 0, entry: 2) }
    expectMessage("at needs one value per token, got tokens(2 in 2 rows) x 2") { try wide.at(row: 0, position: 0) }
  }

  @Test func rejectsBoundsOfClampInTheWrongOrder() throws {
    expect("clamp needs lo <= hi, got lo = 1.0 and hi = 0.5") { try Tensor.scalar(1).clamp(lo: 1, hi: 0.5) }
    expect("clamp needs lo <= hi, got lo = nan and hi = 1.0") { try Tensor.scalar(1).clamp(.scalar(.nan), .scalar(1)) }
  }

  @Test func findsRowsAndPositionsOfALayout() {
    let layout = TokenLayout(rowLengths: [0, 2, 0, 0, 3, 0])
    #expect(layout.rows == 6 && layout.count == 5 && layout.offsets == [0, 0, 2, 2, 2, 5, 5])
    let places = (0..<5).map { layout.row(of: $0) }
    #expect(places.map(\.row) == [1, 1, 4, 4, 4] && places.map(\.position) == [0, 1, 0, 1, 2])
    #expect(layout.length(ofRow: 4) == 3 && layout.range(ofRow: 1) == 0..<2)
  }
}
