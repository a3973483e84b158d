// GELU in its first form (Hendrycks and Gimpel 2016), as BERT uses it.
//
//   gelu(x) = x Phi(x),   Phi(x) = (1 + erf(x / sqrt 2)) / 2
//
// Order of operations: (x / 2) (1 + erf(x sqrt(1/2))).
//
// Accuracy against Double (tested for x in -8...8): 1.5e-7 of the largest of 1 and |x|. For very negative x, where the
// result is a product of x and a tiny Phi, only this absolute bound holds.

/// sqrt(1/2) and 1 / sqrt(2 pi), to the nearest float.
private let rootHalf: Float = 0x1.6a09e6p-1
private let density: Float = 0x1.988454p-2

/// out[i] = gelu(x[i]) for `count` elements; `out` may be `x`.
package func erfGELUForward(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, count: Int) {
  @inline(__always)
  func step(_ i: Int, _ n: Int) {
    let v = x.vector(i, first: n)
    out.store((v * 0.5) * (1 + exactErf(v * rootHalf)), i, first: n)
  }
  forEachVector(of: count, step)
}

/// dX[i] = dOut[i] gelu'(x[i]), where gelu' = Phi + x exp(-x²/2) / sqrt(2 pi), the sum fused; `dX` may be `dOut`. Also
/// writes gelu(x) to `out`, which the weight gradient needs again and the forward pass did not keep.
package func erfGELUBackward(
  dX: UnsafeMutablePointer<Float>, out: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>,
  _ x: UnsafePointer<Float>, count: Int
) {
  @inline(__always)
  func step(_ i: Int, _ n: Int) {
    let v = x.vector(i, first: n)
    let twice = 1 + exactErf(v * rootHalf)
    let derivative = fma(v, exactExp(v * v * -0.5) * density, twice * 0.5)
    out.store((v * 0.5) * twice, i, first: n)
    dX.store(dOut.vector(i, first: n) * derivative, i, first: n)
  }
  forEachVector(of: count, step)
}
