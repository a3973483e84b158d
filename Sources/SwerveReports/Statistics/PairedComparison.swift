/// Two ways of training on the same seeds, compared seed by seed.
struct PairedComparison: Equatable {
  /// The mean difference with its 95 % interval.
  let difference: BootstrapInterval
  let wins: Int
  let ties: Int
  let losses: Int
  /// By the paired t-test; nil if all pairs differ by the same amount.
  let p: Double?

  var mean: Double { difference.mean }
  var low: Double { difference.low }
  var high: Double { difference.high }

  /// - Parameters:
  ///   - differences: one for each pair, in the order of the pairs; two or more.
  ///   - seed: the seed of the bootstrap. One seed always gives the same interval.
  init?(differences: [Double], seed: UInt64 = 1) {
    guard let difference = BootstrapInterval(differences, seed: seed) else { return nil }
    self.difference = difference
    wins = differences.count { $0 > 0 }
    ties = differences.count { $0 == 0 }
    losses = differences.count - wins - ties
    p = StudentT.pValue(differences: differences)
  }
}
