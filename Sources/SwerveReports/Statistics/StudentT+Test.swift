extension StudentT {
  /// The p-value of the paired t-test: the probability of a mean difference at least this far from 0, in either
  /// direction, if the true one is 0. It is below 0.05 exactly where the 95 % interval by Student's t leaves 0 out.
  /// - Parameter differences: one for each pair.
  /// - Returns: nil for fewer than two pairs, and for pairs that all differ by the same amount: their spread is 0, and
  ///   t would be infinite or undefined.
  static func pValue(differences: [Double]) -> Double? {
    guard let mean = SeedMean(differences), let deviation = mean.standardDeviation, deviation > 0 else { return nil }
    let t = abs(mean.mean) / (deviation / Double(mean.count).squareRoot())
    return t.isFinite ? probability(beyond: t, freedom: mean.count - 1) : nil
  }

  /// The probability that |T| is larger than t.
  ///
  /// That is the regularized incomplete beta function I_x(freedom / 2, 1 / 2) at x = freedom / (freedom + t²). Its continued
  /// fraction is fast only on one side of its mean, so for small t it is 1 - I_{1-x}(1 / 2, freedom / 2).
  /// - Parameters:
  ///   - t: 0 or more, and finite.
  ///   - freedom: 1 or more.
  static func probability(beyond t: Double, freedom: Int) -> Double {
    let freedom = Double(freedom)
    let a = freedom / 2
    let u = t * t / freedom
    let x = 1 / (1 + u)
    let y = u / (1 + u)
    // x^a y^(1/2) / B(a, 1/2)
    let scale = gammaRatio(a) / Double.pi.squareRoot() * y.squareRoot() * power(onePlus: u, minus: a)
    if x < (a + 1) / (a + 2.5) { return min(1, scale / a * betaFraction(a, 0.5, x)) }
    return max(0, 1 - scale / 0.5 * betaFraction(0.5, a, y))
  }

  /// (1 + u)^-a, u >= 0, a > 0; 0 where it is too small for a Double.
  private static func power(onePlus u: Double, minus a: Double) -> Double {
    // log(1 + u) by its series for small u; beyond, the exponent is split off, so that the series stays short.
    let log: Double
    if u < 1 {
      log = logarithm(onePlus: u)
    } else {
      let v = 1 + u
      log = Double(v.exponent) * 0.6931471805599453 + logarithm(onePlus: v.significand - 1)
    }
    let y = a * log
    if y > 740 { return 0 }
    // e^-y as 2^-n e^-r with r from 0 to log 2.
    let n = (y / 0.6931471805599453).rounded(.down)
    let scale = Double(sign: .plus, exponent: -Int(n), significand: 1)
    return scale / exponential(max(0, y - n * 0.6931471805599453))
  }
}
