/// Quantiles with linear interpolation between neighbours (type 7 of Hyndman and Fan; NumPy's default).
///
/// With the n values sorted, the quantile at p lies at h = p * (n - 1): x[floor h] + (x[floor h + 1] - x[floor h]) *
/// frac h, h in Double and the rest in Float. If any value is NaN, every quantile is NaN. O(n log n).
/// - Parameter probabilities: each in 0...1.
/// - Returns: one quantile per probability; nil if there are no values.
package func quantiles(_ values: [Float], _ probabilities: [Double]) -> [Float]? {
  guard !values.isEmpty else { return nil }
  if values.contains(where: \.isNaN) { return probabilities.map { _ in .nan } }
  let sorted = values.sorted()
  return probabilities.map { probability in
    precondition((0...1).contains(probability), "a probability must be in 0...1, got \(probability)")
    let place = probability * Double(sorted.count - 1)
    let below = Int(place)
    let low = sorted[below]
    let high = sorted[min(below + 1, sorted.count - 1)]
    let fraction = Float(place - Double(below))
    // Nothing to interpolate; and beside an infinity the product would be NaN.
    return low == high || fraction == 0 ? low : low + (high - low) * fraction
  }
}
