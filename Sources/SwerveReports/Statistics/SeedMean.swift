/// A mean over seeds with its uncertainty.
struct SeedMean: Equatable {
  let mean: Double
  /// The sample standard deviation (n - 1); nil for fewer than two seeds.
  let standardDeviation: Double?
  let count: Int

  init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    count = values.count
    mean = Self.mean(values)
    let center = mean
    let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    standardDeviation = count > 1 ? (squares / Double(count - 1)).squareRoot() : nil
  }

  /// Half of the 95 % interval of the mean, by Student's t; nil for fewer than two seeds.
  var halfWidth: Double? {
    standardDeviation.map { StudentT.quantile(freedom: count - 1) * $0 / Double(count).squareRoot() }
  }

  /// Computed relative to the first value, so that the mean of equal values is exactly this value, and their standard
  /// deviation is 0.
  static func mean(_ values: [Double]) -> Double {
    guard let first = values.first, first.isFinite else { return values.reduce(0, +) / Double(values.count) }
    return first + values.reduce(0) { $0 + ($1 - first) } / Double(values.count)
  }
}
