import SwerveFiles
import SwerveText

/// The 95 % interval of a rate over independent episodes, by Wilson's score method. It stays within 0 and 1, and is not
/// empty at rates of 0 and 1. Or one that a record has, of a number over documents.
package struct RateInterval: Equatable, Sendable {
  package let low: Double
  package let high: Double
  /// The number of episodes or documents.
  package let count: Int

  /// An interval of a record.
  init(low: Double, high: Double, count: Int) {
    self.low = low
    self.high = high
    self.count = count
  }

  /// nil if the number is not a rate over this many episodes.
  package init?(rate: Float, count: Int) {
    guard count > 0, rate >= 0, rate <= 1 else { return nil }
    let n = Double(count)
    let successes = (Double(rate) * n).rounded()
    // A record has the rate as a Float.
    guard abs(successes / n - Double(rate)) < 1e-6 else { return nil }
    self.init(successes: Int(successes), count: count)
  }

  /// - Parameters:
  ///   - successes: 0...count.
  ///   - count: 1 or more.
  init(successes: Int, count: Int) {
    let n = Double(count)
    let p = Double(successes) / n
    let z = StudentT.normalQuantile
    let center = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    low = successes == 0 ? 0 : max(0, center - half)
    high = successes == count ? 1 : min(1, center + half)
    self.count = count
  }

  package var json: JSONValue { .array([.double(low), .double(high)]) }
}
