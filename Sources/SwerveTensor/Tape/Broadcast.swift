extension Tensor {
  /// Both operands, expanded to their common shape.
  static func broadcast(_ operation: String, _ a: Tensor, _ b: Tensor) throws -> (Tensor, Tensor) {
    let shape = try TensorShape.combined(operation, a.shape, b.shape)
    return (a.expanded(to: shape), b.expanded(to: shape))
  }

  /// The values repeated to a larger shape; the tensor itself if it has that shape.
  /// Gradient: the sum over the repetitions, in the order of `laneSum`.
  /// - Precondition: the shape comes from `TensorShape.combined`.
  func expanded(to shape: TensorShape) -> Tensor {
    switch (self.shape, shape) {
    case (.scalar, .tokens), (.scalar, .tokensBy):
      let value = values[0]
      let count = shape.elementCount
      let repeated = filled(count) { out in for i in 0..<count { out[i] = value } }
      return Tensor(repeated, shape, [Edge(self) { [laneSum($0)] }])
    case (.tokens, .tokensBy(_, let size)):
      let segments = Segments.blocks(values.count, of: size)
      return Tensor(segments.spread(values), shape, [Edge(self) { segments.sums($0) }])
    default:
      return self
    }
  }
}
