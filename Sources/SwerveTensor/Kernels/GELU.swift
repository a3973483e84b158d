// GELU in its tanh form (Hendrycks and Gimpel 2016), as GPT-2 uses it.
//
//   gelu(x) = x/2 (1 + tanh(u)) = x sigmoid(2u),   u = sqrt(2/pi) (x + 0.044715 x³)
//
// Order of operations: 2u = x fma(c3, x², c1); s = 1 / (1 + exp(-2u)); x s.
//
// Accuracy against Double (tested for x in -6...6): 2 units in the last place of the largest result. For x > -5 also 40
// units in the last place of each result itself: for very negative x, the result is a product of x and a tiny s.

/// 2 sqrt(2/pi), and 0.044715 times that, to the nearest float.
private let c1: Float = 0x1.988454p0
private let c3: Float = 0.071_354_814

/// out[i] = gelu(x[i]) for `count` elements; `out` may be `x`.
package func geluForward(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, count: Int) {
  @inline(__always)
  func step(_ i: Int, _ n: Int) {
    let v = x.vector(i, first: n)
    let s = exactSigmoid(v * fma(Vector(repeating: c3), v * v, Vector(repeating: c1)))
    out.store(v * s, i, first: n)
  }
  forEachVector(of: count, step)
}

/// dX[i] = dOut[i] gelu'(x[i]), where gelu' = s + x s (1 - s) (c1 + 3 c3 x²); `dX` may be `dOut`. Also writes gelu(x)
/// to `out`, which the weight gradient needs again and the forward pass did not keep.
package func geluBackward(
  dX: UnsafeMutablePointer<Float>, out: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>,
  _ x: UnsafePointer<Float>, count: Int
) {
  @inline(__always)
  func step(_ i: Int, _ n: Int) {
    let v = x.vector(i, first: n)
    let square = v * v
    let s = exactSigmoid(v * fma(Vector(repeating: c3), square, Vector(repeating: c1)))
    let slope = fma(Vector(repeating: 3 * c3), square, Vector(repeating: c1))
    let y = v * s
    let derivative = fma(y * (1 - s), slope, s)
    out.store(y, i, first: n)
    dX.store(dOut.vector(i, first: n) * derivative, i, first: n)
  }
  forEachVector(of: count, step)
}
