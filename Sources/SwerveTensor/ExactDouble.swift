/// exp, log and what is made of them for Double, with the same bits on every machine: each is a fixed sequence of IEEE
/// additions, products and divisions, without fused multiply-adds.
///
/// They are for numbers that are computed one at a time and recorded or compared, such as probabilities of labels.
/// Accuracy (tested): exp and log 2 ulps, sigmoid 3 ulps; one unit of the smallest subnormal where the result is
/// subnormal.
package enum ExactDouble {
  private static let log2e = 0x1.71547652b82fep0
  /// The first 32 bits of ln 2, so that its product with an exponent is exact.
  private static let ln2High = 0x1.62e42feep-1
  private static let ln2Low = 0x1.a39ef35793c76p-33
  /// Adding and subtracting 1.5 * 2^52 rounds to the nearest whole number, ties to even.
  private static let roundingMagic = 0x1.8p52

  /// e^x. Order: n = round(x log2 e); r = (x - n ln2High) - n ln2Low; Taylor's series in r to degree 13 by Horner, its
  /// first two terms last; two exact scalings by powers of 2. NaN stays NaN.
  package static func exp(_ x: Double) -> Double {
    if x > 710 { return .infinity }
    if x < -746 { return 0 }
    if x.isNaN { return x }
    let n = (x * log2e + roundingMagic) - roundingMagic
    let r = (x - n * ln2High) - n * ln2Low
    // 1/13!, 1/12!, ..., 1/2!
    var series = 0x1.6124613a86d09p-33
    series = series * r + 0x1.1eed8eff8d898p-29
    series = series * r + 0x1.ae64567f544e4p-26
    series = series * r + 0x1.27e4fb7789f5cp-22
    series = series * r + 0x1.71de3a556c734p-19
    series = series * r + 0x1.a01a01a01a01ap-16
    series = series * r + 0x1.a01a01a01a01ap-13
    series = series * r + 0x1.6c16c16c16c17p-10
    series = series * r + 0x1.1111111111111p-7
    series = series * r + 0x1.5555555555555p-5
    series = series * r + 0x1.5555555555555p-3
    series = series * r + 0.5
    let value = 1 + (r + r * r * series)
    let exponent = Int(n)
    let half = exponent / 2
    return value * powerOfTwo(half) * powerOfTwo(exponent - half)
  }

  /// 2^n for n in -1022...1023.
  private static func powerOfTwo(_ n: Int) -> Double { Double(bitPattern: UInt64(n + 1023) << 52) }

  /// 1, 1/3, 1/5, ..., 1/25.
  private static let oddReciprocals = (0...12).map { 1 / Double(2 * $0 + 1) }

  /// The natural logarithm. Order: x = 2^e m, m in (sqrt(1/2), sqrt 2]; f = (m - 1) / (m + 1); the series of
  /// 2 artanh f in f² to degree 12, by Horner; its sum with e ln2Low, then with e ln2High. The log of 0 is -infinity, of
  /// a negative number NaN, and of infinity infinity.
  package static func log(_ x: Double) -> Double {
    if x == 0 { return -.infinity }
    if x.isNaN || x < 0 { return .nan }
    if x == .infinity { return x }
    var m = x.significand
    var e = Double(x.exponent)
    if m > 0x1.6a09e667f3bcdp0 {
      m /= 2
      e += 1
    }
    let f = (m - 1) / (m + 1)
    let square = f * f
    var series = 0.0
    for reciprocal in oddReciprocals.reversed() { series = series * square + reciprocal }
    return e * ln2High + (2 * f * series + e * ln2Low)
  }

  /// The logarithm to base 2: log x / log 2, and exact for powers of 2.
  package static func log2(_ x: Double) -> Double {
    x.isNormal && x > 0 && x.significand == 1 ? Double(x.exponent) : log(x) / 0x1.62e42fefa39efp-1
  }

  /// 1 / (1 + e^-x), from e^-|x| on both sides of 0: 1 / (1 + e) or e / (1 + e).
  package static func sigmoid(_ x: Double) -> Double {
    let e = exp(-abs(x))
    return x >= 0 ? 1 / (1 + e) : e / (1 + e)
  }
}
