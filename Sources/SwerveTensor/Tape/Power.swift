// x^y in Double: 2^(y log2 x), with the project's own logarithm and exponential. Each is a fixed sequence of IEEE
// operations, the same for a scalar and for the loops below, however the compiler translates them.
//
// Both are within 1e-14 (relative), and |y log2 x| < 150 wherever the result is a Float. So the result is within 3e-13
// before its one rounding to Float, and within 0.50001 ulp after it.

/// log2 of a positive finite Float given as a Double; any other x gives a meaningless number, not a trap.
/// Order: x = 2^e m, m in [sqrt(1/2), sqrt 2); s = (m - 1) / (m + 1); Horner of degree 8 in s² for log2(m) / s, with
/// the coefficients 2 / ((2k + 1) ln 2) of its series; e + s p in one fma.
@inline(__always)
func log2OfFloat(_ x: Double) -> Double {
  let raw = x.bitPattern
  // Subtracting the bits of sqrt(1/2) makes the exponent field count from there; 1023 keeps it positive.
  let biased = (raw &- 0x3FE6_A09E_667F_3BCD &+ 1023 &<< 52) &>> 52
  let m = Double(bitPattern: raw &- ((biased &- 1023) &<< 52))
  // A whole number below 2^52 as a Double: its bits under the exponent of 2^52, minus 2^52.
  let e = Double(bitPattern: 0x4330_0000_0000_0000 | biased) - 0x1.00000000003FFp52
  let s = (m - 1) / (m + 1)
  let z = s * s
  var p = 0x1.5b9ac9b743f0dp-3
  p = (0x1.89f3b1694cffep-3).addingProduct(p, z)
  p = (0x1.c68f568d31760p-3).addingProduct(p, z)
  p = (0x1.0c9a84994022dp-2).addingProduct(p, z)
  p = (0x1.484b13d7c02a9p-2).addingProduct(p, z)
  p = (0x1.a61762a7aded9p-2).addingProduct(p, z)
  p = (0x1.2776c50ef9bfep-1).addingProduct(p, z)
  p = (0x1.ec709dc3a03fdp-1).addingProduct(p, z)
  p = (0x1.71547652b82fep+1).addingProduct(p, z)
  return e.addingProduct(s, p)
}

/// 2^t, with t limited to -1000...1000.
/// Order: n = round(t), ties to even; Horner of degree 11 in t - n, with the coefficients (ln 2)^k / k!; times 2^n.
@inline(__always)
func exp2Limited(_ t: Double) -> Double {
  let limited = t > 1000 ? 1000 : t < -1000 ? -1000 : t
  let magic = 0x1.8p52
  let shifted = limited + magic
  let r = limited - (shifted - magic)
  var p = 0x1.e8cac7351bb25p-32
  p = (0x1.e4cf5158b8ecap-28).addingProduct(p, r)
  p = (0x1.b5253d395e7c4p-24).addingProduct(p, r)
  p = (0x1.62c0223a5c824p-20).addingProduct(p, r)
  p = (0x1.ffcbfc588b0c7p-17).addingProduct(p, r)
  p = (0x1.430912f86c787p-13).addingProduct(p, r)
  p = (0x1.5d87fe78a6731p-10).addingProduct(p, r)
  p = (0x1.3b2ab6fba4e77p-7).addingProduct(p, r)
  p = (0x1.c6b08d704a0c0p-5).addingProduct(p, r)
  p = (0x1.ebfbdff82c58fp-3).addingProduct(p, r)
  p = (0x1.62e42fefa39efp-1).addingProduct(p, r)
  p = (1.0).addingProduct(p, r)
  // The low bits of the shifted sum are n; moved into the exponent field they make 2^n.
  let n = shifted.bitPattern &- magic.bitPattern
  return p * Double(bitPattern: (n &+ 1023) &<< 52)
}

/// x^y for a positive finite Float x other than 1 and y not NaN.
@inline(__always)
func positivePower(_ x: Double, _ y: Double) -> Double { exp2Limited(y * log2OfFloat(x)) }

/// Whether `positivePower` covers this case.
@inline(__always)
func isUsualPower(_ x: Float, _ y: Float) -> Bool { (x > 0) && (x < .infinity) && (x != 1) && (y == y) }

/// x^y with the special cases of IEEE 754's pow: x^0 = 1 and 1^y = 1 for any x, y; a negative x has powers only for
/// whole y.
func power(_ x: Float, _ y: Double) -> Double {
  if y == 0 || x == 1 { return 1 }
  if x.isNaN || y.isNaN { return .nan }
  let magnitude = Double(x.magnitude)
  if y.isInfinite { return magnitude == 1 ? 1 : (magnitude > 1) == (y > 0) ? .infinity : 0 }
  let isWhole = y.magnitude >= 0x1p53 || Double(Int64(y)) == y
  let isOdd = isWhole && y.magnitude < 0x1p53 && Int64(y) & 1 != 0
  let size: Double
  if magnitude == 0 || magnitude == .infinity {
    size = (magnitude == 0) == (y < 0) ? .infinity : 0
  } else if x < 0 && !isWhole {
    return .nan
  } else {
    size = positivePower(magnitude, y)
  }
  return x.sign == .minus && isOdd ? -size : size
}

/// The derivative of x^y by x: y x^(y-1), and 0 for y = 0 (also at x = 0).
func powerSlope(_ x: Float, _ y: Float) -> Float {
  y == 0 ? 0 : Float(Double(y) * power(x, Double(y) - 1))
}

/// x^y elementwise, rounded once to Float.
func powers(_ x: [Float], _ y: [Float]) -> [Float] {
  powerLoop(x, y, usual: positivePower) { Float(power($0, Double($1))) }
}

/// y x^(y-1) elementwise, rounded once to Float.
func powerSlopes(_ x: [Float], _ y: [Float]) -> [Float] {
  powerLoop(x, y, usual: { $1 * positivePower($0, $1 - 1) }, special: powerSlope)
}

/// A loop without branches, which the compiler can turn into vectors, then a second one over the special cases.
@inline(__always)
private func powerLoop(
  _ x: [Float], _ y: [Float], usual: (Double, Double) -> Double, special: (Float, Float) -> Float
) -> [Float] {
  var result = map(x, y) { Float(usual(Double($0), Double($1))) }
  for i in x.indices where !isUsualPower(x[i], y[i]) { result[i] = special(x[i], y[i]) }
  return result
}
