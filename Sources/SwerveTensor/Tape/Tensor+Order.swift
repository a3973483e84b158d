/// Operations that depend on the order of the values. They have no gradient.
extension Tensor {
  /// The q-quantile of all elements; see `quantiles`.
  /// - Throws: `TensorError` if q is not in 0...1 or there are no elements.
  package func quantile(_ q: Double) throws -> Tensor {
    guard q >= 0 && q <= 1 else { throw TensorError.badQuantile(q, "quantile") }
    guard let found = quantiles(values, [q]) else { throw TensorError.empty("quantile", shape) }
    return .scalar(found[0])
  }

  /// (tokens): each token gets the q-quantile of its row, as `quantile` of the row alone.
  /// - Throws: `TensorError` if q is not in 0...1, or for other shapes.
  package func rowQuantile(_ q: Double) throws -> Tensor {
    guard q >= 0 && q <= 1 else { throw TensorError.badQuantile(q, "row_quantile") }
    let layout = try tokensLayout("row_quantile")
    let segments = Segments.rows(layout)
    let perRow = segments.reduce(values) { quantiles(Array(UnsafeBufferPointer(start: $0, count: $1)), [q])?[0] ?? 0 }
    return Tensor(segments.spread(perRow), shape)
  }

  /// (tokens): how many tokens of the batch come before this one in ascending order: 0 for the smallest, equal values
  /// by index, NaN last. Throws for other shapes.
  package func rank() throws -> Tensor {
    _ = try tokensLayout("rank")
    var ranks = [Float](repeating: 0, count: values.count)
    for (rank, index) in ascendingOrder(values).enumerated() { ranks[index] = Float(rank) }
    return Tensor(ranks, shape)
  }
}
