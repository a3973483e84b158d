import SwerveTensor

/// A mean with its 95 % interval by the percentile bootstrap: the values are drawn again with replacement.
struct BootstrapInterval: Equatable {
  let mean: Double
  let low: Double
  let high: Double

  private static let resamples = 10_000

  /// - Parameters:
  ///   - values: two or more; their order decides which draw takes which.
  ///   - seed: one seed always gives the same interval.
  init?(_ values: [Double], seed: UInt64 = 1) {
    guard values.count > 1 else { return nil }
    mean = SeedMean.mean(values)
    var random = RandomStream(seed: seed, purpose: "report/bootstrap").cursor(step: 0, row: 0)
    var means: [Double] = []
    means.reserveCapacity(Self.resamples)
    for _ in 0..<Self.resamples {
      var sum = 0.0
      for _ in values { sum += values[random.below(values.count)] }
      means.append(sum / Double(values.count))
    }
    means.sort()
    low = means[Self.resamples * 25 / 1000]
    high = means[Self.resamples * 975 / 1000 - 1]
  }
}
