/// Student's t, computed only with additions, multiplications, divisions and square roots. Their results have the same
/// bits on every machine, unlike those of a C library's functions.
enum StudentT {
  /// The normal distribution's 97.5 % quantile.
  static let normalQuantile = 1.959963984540054

  /// The 97.5 % quantile: half of a 95 % interval in standard errors.
  ///
  /// Up to 1000 degrees of freedom by Newton's method on the probability beyond t; beyond, by Fisher's expansion in 1/freedom
  /// (Abramowitz and Stegun 26.7.5), whose first neglected term is below 1e-14 there. Both are within 1e-12 of the quantile.
  /// - Parameter freedom: 1 or more.
  static func quantile(freedom: Int) -> Double {
    precondition(freedom >= 1, "Student's t has one degree of freedom or more, got \(freedom)")
    return freedom <= few.count ? few[freedom - 1] : computed(freedom: freedom)
  }

  /// The quantiles that reports need at every point of every chart.
  private static let few = (1...100).map(computed)

  private static func computed(freedom: Int) -> Double {
    let freedom = Double(freedom)
    if freedom > 1000 { return expansion(freedom) }
    // The probability is convex in t: from the left, every step stops short of the root until rounding ends the walk.
    var t = normalQuantile
    while true {
      let (tail, density) = beyond(t, freedom)
      let next = t + (tail - 0.05) / density
      if next <= t { return t }
      t = next
    }
  }

  private static func expansion(_ freedom: Double) -> Double {
    let z = normalQuantile
    let z2 = z * z
    let terms = [
      z * (z2 + 1) / 4, z * ((5 * z2 + 16) * z2 + 3) / 96, z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
      z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160,
    ]
    return z + terms.reversed().reduce(0) { ($0 + $1) / freedom }
  }

  /// The probability that |T| is larger, and how fast it falls with t: the regularized incomplete beta function
  /// I_x(freedom / 2, 1 / 2) at x = freedom / (freedom + t^2), by its continued fraction (Lentz), and twice the density.
  private static func beyond(_ t: Double, _ freedom: Double) -> (tail: Double, density: Double) {
    let (a, b) = (freedom / 2, 0.5)
    let u = t * t / freedom
    let x = 1 / (1 + u)
    // x^a / B(a, 1/2)
    let scale = gammaRatio(a) / Double.pi.squareRoot() / exponential(a * logarithm(onePlus: u))
    let fraction = betaFraction(a, b, x)
    return (scale * (1 - x).squareRoot() / a * fraction, 2 * scale * (x / freedom).squareRoot())
  }

  /// The continued fraction of the incomplete beta function I_x(a, b), without its factor x^a (1-x)^b / (a B(a, b)).
  static func betaFraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
    var d = 1 / (1 - (a + b) * x / (a + 1))
    var c = 1.0
    var fraction = d
    var m = 1.0
    while true {
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / (1 + even * d)
      c = 1 + even / c
      fraction *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / (1 + odd * d)
      c = 1 + odd / c
      fraction *= d * c
      if abs(d * c - 1) <= 2 * Double.ulpOfOne { break }
      m += 1
    }
    return fraction
  }

  /// gamma(a + 1/2) / gamma(a): Stirling's series from 40 on, and the recurrence of gamma below.
  static func gammaRatio(_ a: Double) -> Double {
    var (a, factor) = (a, 1.0)
    while a < 40 {
      factor *= a / (a + 0.5)
      a += 1
    }
    let terms = [-1.0 / 8, 1.0 / 128, 5.0 / 1024, -21.0 / 32768, -399.0 / 262144, 869.0 / 4_194_304]
    return factor * a.squareRoot() * (1 + terms.reversed().reduce(0) { ($0 + $1) / a })
  }

  /// log(1 + u) = 2 artanh(u / (2 + u)), u >= 0.
  static func logarithm(onePlus u: Double) -> Double {
    let s = u / (2 + u)
    var (sum, power, divisor) = (0.0, s, 1.0)
    while sum + power / divisor != sum {
      sum += power / divisor
      power *= s * s
      divisor += 2
    }
    return 2 * sum
  }

  /// e^y, y >= 0, by its series, which is short for a y of a few units.
  static func exponential(_ y: Double) -> Double {
    var (sum, term, count) = (1.0, 1.0, 1.0)
    while sum + term * y / count != sum {
      term *= y / count
      sum += term
      count += 1
    }
    return sum
  }
}
