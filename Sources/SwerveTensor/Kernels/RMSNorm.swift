// Root mean square normalization over rows of `width` floats (Zhang, Sennrich 2019).
//
//   rstd = 1 / sqrt(sum(x²) / width + epsilon)      out = (x rstd) weight
//
// Order of operations: the sum runs in 16 lanes (element c in lane c mod 16, in increasing c, the squares fused), then
// the fixed tree.
//
// Accuracy of out against Double (tested): 4 units in the last place of its largest element, for widths up to 1024.

/// - Parameters: out (rows, width), which may be x; statistics (rows): rstd, saved for backward; x (rows, width).
package func rmsNormForward(
  _ out: UnsafeMutablePointer<Float>, _ statistics: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>,
  weight: UnsafePointer<Float>, rows: Int, width: Int, epsilon: Float
) {
  for row in 0..<rows {
    let input = x + row * width
    var squares = Vector(repeating: 0)
    for c in stride(from: 0, to: width, by: 16) {
      let v = input.vector(c, first: width - c)
      squares = fma(v, v, squares)
    }
    statistics[row] = 1 / (squares.treeSum / Float(width) + epsilon).squareRoot()
    normalize(out + row * width, input, rstd: statistics[row], weight: weight, width: width)
  }
}

/// out = (x rstd) weight, for one row.
@inline(__always)
private func normalize(
  _ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, rstd: Float, weight: UnsafePointer<Float>, width: Int
) {
  @inline(__always)
  func step(_ c: Int, _ n: Int) { out.store(x.vector(c, first: n) * rstd * weight.vector(c, first: n), c, first: n) }
  forEachVector(of: width, step)
}

/// Computes `out` from the saved statistics, with the bits of the forward pass.
package func rmsNormRecompute(
  _ out: UnsafeMutablePointer<Float>, _ statistics: UnsafePointer<Float>, _ x: UnsafePointer<Float>,
  weight: UnsafePointer<Float>, rows: Int, width: Int
) {
  for row in 0..<rows {
    normalize(out + row * width, x + row * width, rstd: statistics[row], weight: weight, width: width)
  }
}

/// Adds to dx and, if it is given, to dWeight.
///
///   n = x rstd      g = dOut weight      dx += rstd (g - n mean(g n))      dWeight += dOut n
///
/// Rows are taken in increasing order; within a row the mean is a lane sum with the tree.
package func rmsNormBackward(
  dX: UnsafeMutablePointer<Float>, dWeight: UnsafeMutablePointer<Float>?, _ dOut: UnsafePointer<Float>,
  _ statistics: UnsafePointer<Float>, _ x: UnsafePointer<Float>, weight: UnsafePointer<Float>, rows: Int, width: Int
) {
  for row in 0..<rows {
    let input = x + row * width
    let d = dOut + row * width
    let target = dX + row * width
    let rstd = statistics[row]
    var gnSum = Vector(repeating: 0)
    for c in stride(from: 0, to: width, by: 16) {
      let n = width - c
      let normal = input.vector(c, first: n) * rstd
      let dOut = d.vector(c, first: n)
      gnSum = fma(dOut * weight.vector(c, first: n), normal, gnSum)
      if let dWeight { dWeight.store(fma(dOut, normal, dWeight.reading.vector(c, first: n)), c, first: n) }
    }
    let gnMean = gnSum.treeSum / Float(width)
    @inline(__always)
    func addInput(_ c: Int, _ n: Int) {
      let normal = input.vector(c, first: n) * rstd
      let inner = fma(normal, Vector(repeating: -gnMean), d.vector(c, first: n) * weight.vector(c, first: n))
      target.store(fma(inner, Vector(repeating: rstd), target.reading.vector(c, first: n)), c, first: n)
    }
    forEachVector(of: width, addInput)
  }
}
