// Elementwise loops over whole buffers. Each element is one operation, so no order is involved.

/// target[i] += source[i].
package func addInto(_ target: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, count: Int) {
  @inline(__always)
  func step(_ i: Int, _ n: Int) {
    target.store(target.reading.vector(i, first: n) + source.vector(i, first: n), i, first: n)
  }
  forEachVector(of: count, step)
}

/// target[i] *= factor.
package func multiply(_ target: UnsafeMutablePointer<Float>, by factor: Float, count: Int) {
  @inline(__always)
  func step(_ i: Int, _ n: Int) { target.store(target.reading.vector(i, first: n) * factor, i, first: n) }
  forEachVector(of: count, step)
}

/// target[i] += weight source[i], the product fused with the sum.
package func addScaled(
  _ target: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, weight: Float, count: Int
) {
  let weight = Vector(repeating: weight)
  @inline(__always)
  func step(_ i: Int, _ n: Int) {
    target.store(fma(weight, source.vector(i, first: n), target.reading.vector(i, first: n)), i, first: n)
  }
  forEachVector(of: count, step)
}

/// target[i] += weight (source[i] - target[i]), the product fused with the sum.
package func moveToward(
  _ target: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, weight: Float, count: Int
) {
  let weight = Vector(repeating: weight)
  @inline(__always)
  func step(_ i: Int, _ n: Int) {
    let old = target.reading.vector(i, first: n)
    target.store(fma(weight, source.vector(i, first: n) - old, old), i, first: n)
  }
  forEachVector(of: count, step)
}

/// Adds the sum over rows of d (rows, width) to dBias (width): a chain of additions in the order of rows.
/// - Parameter stride: from a row of d to the next; without one, rows follow each other.
package func biasBackward(
  _ dBias: UnsafeMutablePointer<Float>, _ d: UnsafePointer<Float>, stride: Int? = nil, rows: Int, width: Int
) {
  for row in 0..<rows { addInto(dBias, d + row * (stride ?? width), count: width) }
}

/// out[i] = max(x[i], 0); `out` may be `x`.
package func reluForward(_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, count: Int) {
  @inline(__always)
  func step(_ i: Int, _ n: Int) {
    let v = x.vector(i, first: n)
    out.store(v.replacing(with: 0, where: v .< 0), i, first: n)
  }
  forEachVector(of: count, step)
}

/// d[i] = 0 where the forward output was not above 0.
package func reluBackward(_ d: UnsafeMutablePointer<Float>, output: UnsafePointer<Float>, count: Int) {
  @inline(__always)
  func step(_ i: Int, _ n: Int) {
    let v = d.reading.vector(i, first: n)
    d.store(v.replacing(with: 0, where: output.vector(i, first: n) .<= 0), i, first: n)
  }
  forEachVector(of: count, step)
}

/// The index of the first element that is NaN or infinite, if any.
package func firstNonFinite(_ x: UnsafePointer<Float>, count: Int) -> Int? {
  // x * 0 is NaN exactly where x is not finite, and NaN survives the sum.
  var sum = Vector(repeating: 0)
  for i in stride(from: 0, to: count, by: 16) { sum = fma(x.vector(i, first: count - i), Vector(repeating: 0), sum) }
  if sum.treeSum == 0 { return nil }
  return (0..<count).first { !x[$0].isFinite }
}
