/// Softmax over pieces of a tensor. Order: the piece's maximum is subtracted, `exactExp`, a `laneSum`, one division.
extension Tensor {
  /// (tokens): over all tokens of the batch; (tokens, V): over V. Gradient: p (g - sum(p g)). Throws for a scalar.
  package func softmax() throws -> Tensor { softmax(over: try softmaxSegments("softmax")) }

  /// (tokens): over each row. Gradient: as `softmax`. Throws for other shapes.
  package func rowSoftmax() throws -> Tensor { softmax(over: .rows(try tokensLayout("row_softmax"))) }

  /// The logarithm of `softmax`, as (x - max) - log(sum(exp(x - max))). Gradient: g - exp(y) sum(g), y the result.
  /// Throws for a scalar.
  package func logSoftmax() throws -> Tensor {
    let segments = try softmaxSegments("log_softmax")
    let shifted = segments.map(values, maxima(segments), -)
    let sums = segments.sums(map(shifted, Exponential.self))
    let result = segments.map(shifted, map(sums, Logarithm.self), -)
    return Tensor(
      result, shape,
      [
        Edge(self) { gradient in
          let expected = segments.map(map(result, Exponential.self), segments.sums(gradient), *)
          return map(gradient, expected, -)
        }
      ])
  }

  private func softmax(over segments: Segments) -> Tensor {
    let shifted = segments.map(values, maxima(segments), -)
    let exponentials = map(shifted, Exponential.self)
    let result = segments.map(exponentials, segments.sums(exponentials), /)
    return Tensor(
      result, shape,
      [
        Edge(self) { gradient in
          let dots = segments.sums(map(result, gradient, *))
          return map(result, segments.map(gradient, dots, -), *)
        }
      ])
  }

  private func maxima(_ segments: Segments) -> [Float] { segments.reduce(values, largest) }

  private func softmaxSegments(_ operation: String) throws -> Segments {
    switch shape {
    case .scalar: throw TensorError.wrongShape(operation, needs: "tokens", got: shape)
    case .tokens(let layout): .whole(layout.count)
    case .tokensBy(let layout, let size): .blocks(layout.count, of: size)
    }
  }
}
