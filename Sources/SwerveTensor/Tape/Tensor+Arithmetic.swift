/// Arithmetic with broadcasting: each element is one IEEE operation. Each throws `TensorError` if the shapes don't
/// combine.
extension Tensor {
  /// a + b. Gradient: to both.
  package func add(_ other: Tensor) throws -> Tensor {
    let (a, b) = try Tensor.broadcast("add", self, other)
    return Tensor(map(a.values, b.values, +), a.shape, [Edge(a) { $0 }, Edge(b) { $0 }])
  }

  /// a - b. Gradient: to both.
  package func sub(_ other: Tensor) throws -> Tensor {
    let (a, b) = try Tensor.broadcast("sub", self, other)
    return Tensor(map(a.values, b.values, -), a.shape, [Edge(a) { $0 }, Edge(b) { map($0) { -$0 } }])
  }

  /// a b. Gradient: g b and g a.
  package func mul(_ other: Tensor) throws -> Tensor {
    let (a, b) = try Tensor.broadcast("mul", self, other)
    let (x, y) = (a.values, b.values)
    return Tensor(map(x, y, *), a.shape, [Edge(a) { map($0, y, chain) }, Edge(b) { map($0, x, chain) }])
  }

  /// a / b. Gradient: g / b and -(g (a / b)) / b.
  package func div(_ other: Tensor) throws -> Tensor {
    let (a, b) = try Tensor.broadcast("div", self, other)
    let y = b.values
    let quotient = map(a.values, y, /)
    return Tensor(
      quotient, a.shape,
      [
        Edge(a) { map($0, y) { g, y in g == 0 ? 0 : g / y } },
        Edge(b) { map($0, quotient, y) { g, q, y in g == 0 ? 0 : -(g * q) / y } },
      ])
  }

  /// a^b as IEEE pow (0^0 = 1), through Double, rounded once (`Power.swift`). Gradient: g (b a^(b-1)), which is 0 for b
  /// = 0 and finite at a = 0 for b >= 1; and g (a^b log a), which is 0 at a = 0 for b >= 0.
  package func pow(_ exponent: Tensor) throws -> Tensor {
    let (a, b) = try Tensor.broadcast("pow", self, exponent)
    let (x, y) = (a.values, b.values)
    let result = powers(x, y)
    return Tensor(
      result, a.shape,
      [
        Edge(a) { map($0, powerSlopes(x, y), chain) },
        Edge(b) { gradient in
          let logs = map(x, Logarithm.self)
          // 0 to a positive power stays 0 when the exponent changes, although the logarithm of 0 is infinite.
          let slopes = map(result, logs, x) { $2 == 0 && $0.isFinite ? 0 : $0 * $1 }
          return map(gradient, slopes, chain)
        },
      ])
  }

  /// -a. Gradient: -g.
  package func neg() -> Tensor { Tensor(map(values) { -$0 }, shape, [Edge(self) { map($0) { -$0 } }]) }
}
