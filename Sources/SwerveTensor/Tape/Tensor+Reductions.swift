/// Reductions to a scalar, along rows and over the vocabulary. Their order and gradients are those of `Reduction`.
extension Tensor {
  /// The sum of all elements; 0 for none.
  package func sum() -> Tensor { reduced(.sum, .whole(values.count), to: .scalar) }
  /// The mean of all elements. Throws if there are none.
  package func mean() throws -> Tensor { try overAll(.mean, "mean") }
  /// The population standard deviation of all elements. Throws if there are none.
  package func std() throws -> Tensor { try overAll(.std, "std") }
  /// The smallest element, NaN if any is. Throws if there are none.
  package func min() throws -> Tensor { try overAll(.min, "min") }
  /// The largest element, NaN if any is. Throws if there are none.
  package func max() throws -> Tensor { try overAll(.max, "max") }

  /// (tokens): each token gets the sum of its row. This and the next four throw for other shapes.
  package func rowSum() throws -> Tensor { try overRows(.sum, "row_sum") }
  /// Each token gets the mean of its row.
  package func rowMean() throws -> Tensor { try overRows(.mean, "row_mean") }
  /// Each token gets the population standard deviation of its row.
  package func rowStd() throws -> Tensor { try overRows(.std, "row_std") }
  /// Each token gets the smallest value of its row.
  package func rowMin() throws -> Tensor { try overRows(.min, "row_min") }
  /// Each token gets the largest value of its row.
  package func rowMax() throws -> Tensor { try overRows(.max, "row_max") }

  /// (tokens, V) to (tokens): the sum over V. Throws for other shapes.
  package func vocabSum() throws -> Tensor { try overVocabulary(.sum, "vocab_sum") }
  /// (tokens, V) to (tokens): the largest over V. Throws for other shapes.
  package func vocabMax() throws -> Tensor { try overVocabulary(.max, "vocab_max") }

  private func overAll(_ reduction: Reduction, _ operation: String) throws -> Tensor {
    guard !values.isEmpty else { throw TensorError.empty(operation, shape) }
    return reduced(reduction, .whole(values.count), to: .scalar)
  }

  private func overRows(_ reduction: Reduction, _ operation: String) throws -> Tensor {
    let layout = try tokensLayout(operation)
    let (x, segments) = (values, Segments.rows(layout))
    let perRow = reduction.values(x, segments)
    return Tensor(
      segments.spread(perRow), shape,
      [Edge(self) { reduction.pullback(segments.sums($0), values: perRow, x, segments) }])
  }

  private func overVocabulary(_ reduction: Reduction, _ operation: String) throws -> Tensor {
    let (layout, size) = try vocabularyLayout(operation)
    return reduced(reduction, .blocks(layout.count, of: size), to: .tokens(layout))
  }

  private func reduced(_ reduction: Reduction, _ segments: Segments, to shape: TensorShape) -> Tensor {
    let x = values
    let result = reduction.values(x, segments)
    return Tensor(result, shape, [Edge(self) { reduction.pullback($0, values: result, x, segments) }])
  }

  /// - Throws: `TensorError` unless the shape is (tokens).
  func tokensLayout(_ operation: String) throws -> TokenLayout {
    guard case .tokens(let layout) = shape else {
      throw TensorError.wrongShape(operation, needs: "one value per token", got: shape)
    }
    return layout
  }

  /// - Throws: `TensorError` unless the shape is (tokens, V).
  func vocabularyLayout(_ operation: String) throws -> (TokenLayout, Int) {
    guard case .tokensBy(let layout, let size) = shape else {
      throw TensorError.wrongShape(operation, needs: "a value per token and vocabulary entry", got: shape)
    }
    return (layout, size)
  }
}
