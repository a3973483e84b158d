import SwerveRL
import SwerveTensor

/// A mean with its 95 % interval by the percentile bootstrap: the values are drawn again with replacement.
struct BootstrapInterval: Equatable {
  let mean: Double
  private let interval: PercentileInterval

  var low: Double { interval.low }
  var high: Double { interval.high }

  private static let resamples = 10_000

  /// - Parameters:
  ///   - values: two or more; their order decides which draw takes which.
  ///   - seed: one seed always gives the same interval.
  init?(_ values: [Double], seed: UInt64 = 1) {
    guard values.count > 1 else { return nil }
    var random = RandomStream(seed: seed, purpose: "report/bootstrap").cursor(step: 0, row: 0)
    var means: [Double] = []
    means.reserveCapacity(Self.resamples)
    for _ in 0..<Self.resamples {
      var sum = 0.0
      for _ in values { sum += values[random.below(values.count)] }
      means.append(sum / Double(values.count))
    }
    guard let interval = PercentileInterval(means) else { return nil }
    self.interval = interval
    mean = SeedMean.mean(values)
  }
}
