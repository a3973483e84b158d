/// What depends on the order of the values. No gradient.
extension Tensor {
  /// The q-quantile of all elements, as numpy's default ("linear"): between the two sorted values around q (n - 1),
  /// interpolated in Double and rounded once; NaN if any is NaN.
  /// - Throws: `TensorError` if q is not in 0...1 or there are no elements.
  package func quantile(_ q: Double) throws -> Tensor {
    guard q >= 0 && q <= 1 else { throw TensorError.badQuantile(q, "quantile") }
    guard !values.isEmpty else { throw TensorError.empty("quantile", shape) }
    return .scalar(quantile(of: values, q))
  }

  /// (tokens): each token gets the q-quantile of its row, as `quantile` of the row alone.
  /// - Throws: `TensorError` if q is not in 0...1, or for other shapes.
  package func rowQuantile(_ q: Double) throws -> Tensor {
    guard q >= 0 && q <= 1 else { throw TensorError.badQuantile(q, "row_quantile") }
    let layout = try tokensLayout("row_quantile")
    let segments = Segments.rows(layout)
    let perRow = segments.reduce(values) { quantile(of: Array(UnsafeBufferPointer(start: $0, count: $1)), q) }
    return Tensor(segments.spread(perRow), shape)
  }

  /// - Precondition: there is a value.
  private func quantile(of values: [Float], _ q: Double) -> Float {
    let order = ascendingOrder(values)
    guard !values[order[order.count - 1]].isNaN else { return .nan }
    let place = q * Double(values.count - 1)
    let below = Int(place)
    let above = Swift.min(below + 1, values.count - 1)
    return interpolated(values[order[below]], values[order[above]], place - Double(below))
  }

  /// a + (b - a) t in Double, from the nearer end.
  private func interpolated(_ a: Float, _ b: Float, _ t: Double) -> Float {
    if a == b || t == 0 { return a }
    let (low, high) = (Double(a), Double(b))
    return Float(t < 0.5 ? low + (high - low) * t : high - (high - low) * (1 - t))
  }

  /// (tokens): how many tokens of the batch come before this one in ascending order: 0 for the smallest, equal values
  /// by place, NaN last. Throws for other shapes.
  package func rank() throws -> Tensor {
    _ = try tokensLayout("rank")
    var ranks = [Float](repeating: 0, count: values.count)
    for (rank, place) in ascendingOrder(values).enumerated() { ranks[place] = Float(rank) }
    return Tensor(ranks, shape)
  }
}
