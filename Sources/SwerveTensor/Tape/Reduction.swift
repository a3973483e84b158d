/// How a piece of at least one element is reduced to one value, and how the value's gradient goes back.
enum Reduction {
  case sum, mean, std, min, max

  /// Order: `sum` is a `laneSum`; `mean` is a `doubleMean`, rounded once; `std` is a `doubleStandardDeviation` around
  /// the mean, rounded once. If all values are equal, the mean is exactly that value and the standard deviation exactly
  /// 0: a rounding error must not look like a signal to learn from.
  func value(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    switch self {
    case .sum: return laneSum(x, count)
    case .mean: return Float(doubleMean(x, count))
    case .min: return x[firstExtreme(x, count, largest: false)]
    case .max: return x[firstExtreme(x, count, largest: true)]
    case .std: return Float(doubleStandardDeviation(x, count, around: doubleMean(x, count)))
    }
  }

  /// Writes the gradient of the piece, given that of its value.
  /// `sum`: g; `mean`: g / count; `std`: (g / (count std)) (x - mean), 0 where std is 0; `min`, `max`: g at the first
  /// index that has the value.
  func pullback(
    _ gradient: Float, value: Float, _ x: UnsafePointer<Float>, _ count: Int, into dx: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .sum: dx.update(repeating: gradient, count: count)
    case .mean: dx.update(repeating: gradient / Float(count), count: count)
    case .min, .max:
      dx.update(repeating: 0, count: count)
      dx[firstExtreme(x, count, largest: self == .max)] = gradient
    case .std:
      let mean = doubleMean(x, count)
      let scale = value == 0 ? 0 : gradient / (Float(count) * value)
      for i in 0..<count { dx[i] = scale * Float(Double(x[i]) - mean) }
    }
  }

  /// One value per piece; 0 for an empty piece.
  func values(_ x: [Float], _ segments: Segments) -> [Float] { segments.reduce(x, value) }

  /// The gradient of every element, from that of each piece's value.
  func pullback(_ gradients: [Float], values: [Float], _ x: [Float], _ segments: Segments) -> [Float] {
    x.withUnsafeBufferPointer { x in
      filled(x.count) { dx in
        guard let base = x.baseAddress else { return }
        for segment in 0..<segments.count {
          let range = segments.range(segment)
          if range.isEmpty { continue }
          pullback(
            gradients[segment], value: values[segment], base + range.lowerBound, range.count,
            into: dx + range.lowerBound)
        }
      }
    }
  }
}
