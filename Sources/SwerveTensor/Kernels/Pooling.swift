// What a whole text is reduced to.

/// out[i] = tanh(x[i]) for `count` elements; `out` may be `x`.
package func tanhForward(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, count: Int) {
  @inline(__always)
  func step(_ i: Int, _ n: Int) { out.store(exactTanh(x.vector(i, first: n)), i, first: n) }
  forEachVector(of: count, step)
}

/// d[i] *= 1 - y[i]², with the forward output y.
package func tanhBackward(_ d: UnsafeMutablePointer<Float>, output: UnsafePointer<Float>, count: Int) {
  @inline(__always)
  func step(_ i: Int, _ n: Int) {
    let y = output.vector(i, first: n)
    d.store(d.reading.vector(i, first: n) * fma(y, y * -1, Vector(repeating: 1)), i, first: n)
  }
  forEachVector(of: count, step)
}

/// out (width) = the mean of the rows of x (rows, width): a chain of additions in the order of rows, then the division.
package func meanOfRows(
  _ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, rows: Int, width: Int
) {
  out.update(from: x, count: width)
  for row in 1..<max(rows, 1) { addInto(out, x + row * width, count: width) }
  for c in 0..<width { out[c] /= Float(rows) }
}
