/// The quantile of columns, the same on the tape and off it, with linear interpolation (type 7 of Hyndman and Fan,
/// numpy's default). In the n sorted values, the quantile at p lies at index h = p (n - 1), between the values at floor
/// h and floor h + 1. O(n) for all quantiles together.
///
/// Order: a + (b - a) t in Double from the nearer end, where t is the fraction of h; rounded once. If any value is NaN,
/// every quantile is NaN.
/// - Parameter probabilities: each in 0...1.
/// - Returns: one quantile per probability; nil if there are no values.
package func quantiles(_ values: [Float], _ probabilities: [Double]) -> [Float]? {
  guard !values.isEmpty else { return nil }
  let order = ascendingOrder(values)
  let hasNaN = values[order[order.count - 1]].isNaN
  return probabilities.map { probability in
    precondition((0...1).contains(probability), "a probability must be in 0...1, got \(probability)")
    if hasNaN { return .nan }
    let rank = probability * Double(values.count - 1)
    let below = Int(rank)
    let above = min(below + 1, values.count - 1)
    return interpolated(values[order[below]], values[order[above]], rank - Double(below))
  }
}

/// Equal values need no interpolation, and with an infinity the product would be NaN.
private func interpolated(_ a: Float, _ b: Float, _ t: Double) -> Float {
  if a == b || t == 0 { return a }
  let (low, high) = (Double(a), Double(b))
  return Float(t < 0.5 ? low + (high - low) * t : high - (high - low) * (1 - t))
}
