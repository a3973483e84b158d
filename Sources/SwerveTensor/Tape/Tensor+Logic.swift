/// Comparisons and logic with broadcasting: 1 or 0, without gradient. With NaN every comparison but `ne` is 0.
/// In logic, any value but 0 is true. Each throws `TensorError` if the shapes don't combine.
extension Tensor {
  /// a < b.
  package func lt(_ other: Tensor) throws -> Tensor { try flags("lt", other) { $0 < $1 } }
  /// a <= b.
  package func le(_ other: Tensor) throws -> Tensor { try flags("le", other) { $0 <= $1 } }
  /// a > b.
  package func gt(_ other: Tensor) throws -> Tensor { try flags("gt", other) { $0 > $1 } }
  /// a >= b.
  package func ge(_ other: Tensor) throws -> Tensor { try flags("ge", other) { $0 >= $1 } }
  /// a == b.
  package func eq(_ other: Tensor) throws -> Tensor { try flags("eq", other) { $0 == $1 } }
  /// a ~= b.
  package func ne(_ other: Tensor) throws -> Tensor { try flags("ne", other) { $0 != $1 } }

  /// Both true.
  package func and(_ other: Tensor) throws -> Tensor { try flags("logical_and", other) { ($0 != 0) && ($1 != 0) } }
  /// At least one true.
  package func or(_ other: Tensor) throws -> Tensor { try flags("logical_or", other) { ($0 != 0) || ($1 != 0) } }
  /// 1 where this is false.
  package func not() -> Tensor { Tensor(map(values) { $0 == 0 ? 1 : 0 }, shape) }

  @inline(__always)
  private func flags(_ operation: String, _ other: Tensor, _ test: (Float, Float) -> Bool) throws -> Tensor {
    let (a, b) = try Tensor.broadcast(operation, detach(), other.detach())
    return Tensor(map(a.values, b.values) { test($0, $1) ? 1 : 0 }, a.shape)
  }
}
