import SwerveTensor

/// Two ways of training on the same seeds, compared seed by seed.
struct PairedComparison: Equatable {
  let mean: Double
  /// 95 % interval of the mean difference, by a bootstrap over the seeds.
  let low: Double
  let high: Double
  let wins: Int
  let ties: Int
  let losses: Int

  private static let resamples = 10_000

  /// - Parameters:
  ///   - differences: one per seed, in the order of the seeds; two or more.
  ///   - seed: the seed of the bootstrap. One seed always gives the same interval.
  init?(differences: [Double], seed: UInt64 = 1) {
    guard differences.count > 1 else { return nil }
    mean = SeedMean.mean(differences)
    wins = differences.count { $0 > 0 }
    ties = differences.count { $0 == 0 }
    losses = differences.count - wins - ties
    var random = RandomStream(seed: seed, purpose: "report/bootstrap").cursor(step: 0, row: 0)
    var means: [Double] = []
    means.reserveCapacity(Self.resamples)
    for _ in 0..<Self.resamples {
      var sum = 0.0
      for _ in differences { sum += differences[random.below(differences.count)] }
      means.append(sum / Double(differences.count))
    }
    means.sort()
    low = means[Self.resamples * 25 / 1000]
    high = means[Self.resamples * 975 / 1000 - 1]
  }
}
