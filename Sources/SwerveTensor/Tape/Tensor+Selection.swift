/// Elementwise choices with broadcasting: no arithmetic, so the values are exact. Each throws `TensorError` if the
/// shapes don't combine.
extension Tensor {
  /// Elementwise minimum; NaN if either is NaN. Gradient: to the chosen one, at ties to the first.
  package func min(_ other: Tensor) throws -> Tensor {
    try chosen("min", other) { a, b in (a <= b) || (a != a) }
  }

  /// Elementwise maximum; NaN if either is NaN. Gradient: to the chosen one, at ties to the first.
  package func max(_ other: Tensor) throws -> Tensor {
    try chosen("max", other) { a, b in (a >= b) || (a != a) }
  }

  @inline(__always)
  private func chosen(
    _ operation: String, _ other: Tensor, first: @escaping (Float, Float) -> Bool
  ) throws -> Tensor {
    let (a, b) = try Tensor.broadcast(operation, self, other)
    let (x, y) = (a.values, b.values)
    return Tensor(
      map(x, y) { first($0, $1) ? $0 : $1 }, a.shape,
      [
        Edge(a) { map($0, x, y) { g, x, y in first(x, y) ? g : 0 } },
        Edge(b) { map($0, x, y) { g, x, y in first(x, y) ? 0 : g } },
      ])
  }

  /// lo where x < lo, hi where x > hi, else x; NaN stays. Gradient: to x where lo <= x <= hi.
  /// - Throws: `TensorError` unless lo <= hi.
  package func clamp(lo: Float, hi: Float) throws -> Tensor {
    guard lo <= hi else { throw TensorError.badBounds(lo: lo, hi: hi) }
    let x = values
    return Tensor(
      map(x) { $0 < lo ? lo : $0 > hi ? hi : $0 }, shape,
      [Edge(self) { map($0, x) { g, x in (x >= lo) && (x <= hi) ? g : 0 } }])
  }

  /// min(max(x, lo), hi) with bounds of their own for each token. Gradient: to x where lo <= x <= hi, else to the
  /// bound.
  /// - Throws: `TensorError` if the shapes don't combine, or for constant numbers unless lo <= hi.
  package func clamp(_ lo: Tensor, _ hi: Tensor) throws -> Tensor {
    if lo.shape == .scalar && hi.shape == .scalar && !lo.requiresGradient && !hi.requiresGradient {
      return try clamp(lo: lo.values[0], hi: hi.values[0])
    }
    return try expanded(to: TensorShape.combined("clamp", shape, TensorShape.combined("clamp", lo.shape, hi.shape)))
      .max(lo).min(hi)
  }

  /// a where this condition is not 0, else b. Gradient: to the one taken; none to the condition.
  package func select(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let inner = try TensorShape.combined("where", a.shape, b.shape)
    let shape = try TensorShape.combined("where", self.shape, inner)
    let condition = detach().expanded(to: shape).values
    let (a, b) = (a.expanded(to: shape), b.expanded(to: shape))
    return Tensor(
      map(condition, a.values, b.values) { $0 != 0 ? $1 : $2 }, shape,
      [
        Edge(a) { map($0, condition) { g, c in c != 0 ? g : 0 } },
        Edge(b) { map($0, condition) { g, c in c != 0 ? 0 : g } },
      ])
  }
}
