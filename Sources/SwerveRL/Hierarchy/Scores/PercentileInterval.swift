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
}
