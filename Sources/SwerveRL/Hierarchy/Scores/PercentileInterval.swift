/// The 95 % interval of the percentile bootstrap: what is left of the draws' numbers without the lowest and the highest
/// 2.5 %.
package struct PercentileInterval: Equatable, Sendable {
  package let low: Double
  package let high: Double

  package init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// - Parameter draws: nil where a draw can't have the number. Such draws say nothing; where they are more than one in
  ///   twenty, there is no interval.
  package init?(_ draws: [Double?]) {
    let defined = draws.compactMap(\.self).sorted()
    guard defined.count > 1, 20 * defined.count >= 19 * draws.count else { return nil }
    low = defined[defined.count * 25 / 1000]
    high = defined[max(1, (defined.count * 975 + 999) / 1000) - 1]
  }

  /// The same, moved so that the draws have the estimate as their mean, and cut to what a share can be.
  ///
  /// A mean over labels is lower in most draws than in the documents themselves: a draw lacks labels that few documents have,
  /// and such a label counts as 0. The draws' mean less the estimate is the bootstrap's estimate of that bias (Efron and
  /// Tibshirani, An Introduction to the Bootstrap, 1993, section 10.2); without it taken off, the interval can lie below the
  /// estimate.
  /// - Parameter estimate: of all documents, from 0 to 1 as all draws are; nil has no interval.
  package init?(_ draws: [Double?], around estimate: Double?) {
    guard let estimate, let interval = PercentileInterval(draws) else { return nil }
    let defined = draws.compactMap(\.self)
    let bias = defined.reduce(0, +) / Double(defined.count) - estimate
    self.init(low: max(0, interval.low - bias), high: min(1, interval.high - bias))
  }
}
