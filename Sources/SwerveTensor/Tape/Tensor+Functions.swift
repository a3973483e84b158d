/// Functions of one tensor, element by element. g is the gradient that arrives; where it is 0, 0 is sent on (`chain`).
extension Tensor {
  /// e^x (`exactExp`). Gradient: g e^x.
  package func exp() -> Tensor {
    let result = map(values, Exponential.self)
    return Tensor(result, shape, [Edge(self) { map($0, result, chain) }])
  }

  /// Natural logarithm (`exactLog`): -infinity at 0, NaN below. Gradient: g / x.
  package func log() -> Tensor {
    let x = values
    return Tensor(
      map(x, Logarithm.self), shape, [Edge(self) { map($0, x) { g, x in g == 0 ? 0 : g / x } }])
  }

  /// Magnitude. Gradient: g times the sign of x, 0 at 0.
  package func abs() -> Tensor {
    let x = values
    return Tensor(
      map(x) { $0.magnitude }, shape, [Edge(self) { map($0, x) { g, x in x > 0 ? g : x < 0 ? -g : 0 } }])
  }

  /// Square root, correctly rounded; NaN below 0. Gradient: g / (2 sqrt x), infinite at 0.
  package func sqrt() -> Tensor {
    let root = map(values) { $0.squareRoot() }
    return Tensor(root, shape, [Edge(self) { map($0, root) { g, root in g == 0 ? 0 : g / (root + root) } }])
  }

  /// x x. Gradient: g (x + x).
  package func square() -> Tensor {
    let x = values
    return Tensor(map(x) { $0 * $0 }, shape, [Edge(self) { map($0, x) { g, x in chain(g, x + x) } }])
  }

  /// Hyperbolic tangent (`exactTanh`). Gradient: g (1 - y y), y the result, the bracket in one rounding.
  package func tanh() -> Tensor {
    let result = map(values, HyperbolicTangent.self)
    return Tensor(
      result, shape, [Edge(self) { map($0, result) { g, y in chain(g, (1 as Float).addingProduct(-y, y)) } }])
  }

  /// 1 / (1 + e^-x) (`exactSigmoid`). Gradient: g (y (1 - y)), y the result.
  package func sigmoid() -> Tensor {
    let result = map(values, Sigmoid.self)
    return Tensor(result, shape, [Edge(self) { map($0, result) { g, y in chain(g, y * (1 - y)) } }])
  }

  /// The logarithm of 1 / (1 + e^-x), as min(x, 0) - log(1 + e^-|x|). Gradient: g / (1 + e^x).
  package func logSigmoid() -> Tensor {
    let x = values
    let small = map(map(map(x) { 0 - $0.magnitude }, Exponential.self), Logarithm1P.self)
    return Tensor(
      map(x, small) { Swift.min($0, 0) - $1 }, shape,
      [Edge(self) { map($0, map(map(x) { 0 - $0 }, Sigmoid.self), chain) }])
  }
}
