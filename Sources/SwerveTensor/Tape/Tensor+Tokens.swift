/// Along the tokens of a row, into the vocabulary, and reading single values.
extension Tensor {
  /// (tokens): the sum of the row up to and including this token, one chain of additions per row.
  /// Gradient: the same chain from the row's end. Throws for other shapes.
  package func cumsum() throws -> Tensor {
    let layout = try tokensLayout("cumsum")
    return Tensor(
      Tensor.runningSums(values, layout, reversed: false), shape,
      [Edge(self) { Tensor.runningSums($0, layout, reversed: true) }])
  }

  private static func runningSums(_ x: [Float], _ layout: TokenLayout, reversed: Bool) -> [Float] {
    var sums = x
    for row in 0..<layout.rows {
      let range = layout.range(ofRow: row)
      if range.count < 2 { continue }
      if reversed {
        for i in range.dropLast().reversed() { sums[i] += sums[i + 1] }
      } else {
        for i in range.dropFirst() { sums[i] += sums[i - 1] }
      }
    }
    return sums
  }

  /// (tokens, V) to (tokens): for each token, the entry that `index` names. `index` is a column of whole numbers in
  /// 0..<V.
  /// Gradient: g at that entry, 0 elsewhere; none to the index.
  /// - Throws: `TensorError` for other shapes, another layout, or an index that is not an entry.
  package func gather(_ index: Tensor) throws -> Tensor {
    let (layout, size) = try vocabularyLayout("gather")
    let indexLayout = try index.tokensLayout("gather's index")
    if let reason = layout.difference(from: indexLayout) {
      throw TensorError.cannotCombine("gather", shape, index.shape, because: reason)
    }
    var indices: [Int] = []
    indices.reserveCapacity(layout.count)
    for (token, entry) in index.values.enumerated() {
      guard entry >= 0 && entry < Float(size), Float(Int(entry)) == entry else {
        let (row, position) = layout.row(of: token)
        throw TensorError.badToken(entry, row: row, position: position, vocabulary: size)
      }
      indices.append(token * size + Int(entry))
    }
    let picked = indices.map { values[$0] }
    let count = values.count
    return Tensor(
      picked, .tokens(layout),
      [
        Edge(self) { gradient in
          var spread = [Float](repeating: 0, count: count)
          for (token, index) in indices.enumerated() { spread[index] = gradient[token] }
          return spread
        }
      ])
  }

  /// The number in a scalar. Throws for other shapes.
  package func item() throws -> Float {
    guard case .scalar = shape else { throw TensorError.wrongShape("item", needs: "a scalar", got: shape) }
    return values[0]
  }

  /// The number of tokens. Throws for a scalar.
  package func count() throws -> Int {
    guard let layout = shape.layout else { throw TensorError.wrongShape("count", needs: "tokens", got: shape) }
    return layout.count
  }

  /// One value of (tokens), or with `entry` one of (tokens, V); everything counts from 0. No gradient.
  /// - Throws: `TensorError` for other shapes or an index that does not exist.
  package func at(row: Int, position: Int, entry: Int? = nil) throws -> Float {
    let layout: TokenLayout
    let size: Int
    if entry == nil {
      (layout, size) = (try tokensLayout("at"), 1)
    } else {
      (layout, size) = try vocabularyLayout("at")
    }
    try Tensor.checkIndex("row", row, layout.rows)
    try Tensor.checkIndex("position", position, layout.length(ofRow: row))
    try Tensor.checkIndex("entry", entry ?? 0, size)
    return values[(layout.offsets[row] + position) * size + (entry ?? 0)]
  }

  private static func checkIndex(_ what: String, _ index: Int, _ count: Int) throws {
    guard index >= 0 && index < count else { throw TensorError.indexOutOfRange("at", what, index, count: count) }
  }
}
