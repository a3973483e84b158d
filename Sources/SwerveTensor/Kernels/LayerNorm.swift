// Layer normalization over rows of `width` floats (Ba, Kiros, Hinton 2016).
//
//   mean = sum(x) / width      variance = sum((x - mean)²) / width      rstd = 1 / sqrt(variance + epsilon)
//   out = ((x - mean) rstd) weight + bias
//
// Order of operations: a sum runs in 16 lanes (element c in lane c mod 16, in increasing c), then the fixed tree; the
// squares are fused into the lanes; out is one fma.
//
// Accuracy of out against Double (tested): 4 units in the last place of its largest element, for widths up to 1024.

/// - Parameters: out (rows, width); statistics (rows, 2): mean and rstd, saved for backward; x (rows, width).
package func layerNormForward(
  _ out: UnsafeMutablePointer<Float>, _ statistics: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>,
  weight: UnsafePointer<Float>, bias: UnsafePointer<Float>, rows: Int, width: Int, epsilon: Float
) {
  for row in 0..<rows {
    let input = x + row * width
    let (mean, rstd) = moments(input, width: width, epsilon: epsilon)
    statistics[2 * row] = mean
    statistics[2 * row + 1] = rstd
    let output = out + row * width
    normalize(output, input, mean: mean, rstd: rstd, weight: weight, bias: bias, width: width)
  }
}

/// out = ((x - mean) rstd) weight + bias, for one row.
@inline(__always)
private func normalize(
  _ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, mean: Float, rstd: Float,
  weight: UnsafePointer<Float>, bias: UnsafePointer<Float>, width: Int
) {
  @inline(__always)
  func step(_ c: Int, _ n: Int) {
    let normal = (x.vector(c, first: n) - mean) * rstd
    out.store(fma(normal, weight.vector(c, first: n), bias.vector(c, first: n)), c, first: n)
  }
  forEachVector(of: width, step)
}

@inline(__always)
private func moments(_ x: UnsafePointer<Float>, width: Int, epsilon: Float) -> (mean: Float, rstd: Float) {
  var sum = Vector(repeating: 0)
  for c in stride(from: 0, to: width, by: 16) { sum += x.vector(c, first: width - c) }
  let mean = sum.treeSum / Float(width)
  var squares = Vector(repeating: 0)
  for c in stride(from: 0, to: width, by: 16) {
    var d = x.vector(c, first: width - c) - mean
    if width - c < 16 { d.replace(with: 0, where: laneNumber .>= Float(width - c)) }
    squares = fma(d, d, squares)
  }
  let variance = squares.treeSum / Float(width)
  return (mean, 1 / (variance + epsilon).squareRoot())
}

/// Recomputes `out` from the saved statistics, with the bits of the forward pass.
package func layerNormRecompute(
  _ out: UnsafeMutablePointer<Float>, _ statistics: UnsafePointer<Float>, _ x: UnsafePointer<Float>,
  weight: UnsafePointer<Float>, bias: UnsafePointer<Float>, rows: Int, width: Int
) {
  for row in 0..<rows {
    let input = x + row * width
    let output = out + row * width
    let mean = statistics[2 * row]
    let rstd = statistics[2 * row + 1]
    normalize(output, input, mean: mean, rstd: rstd, weight: weight, bias: bias, width: width)
  }
}

/// Adds to dx and, if both are given, to dWeight and dBias.
///
///   n = (x - mean) rstd      g = dOut weight
///   dx += rstd ((g - mean(g)) - n mean(g n))      dWeight += dOut n      dBias += dOut
///
/// Rows are taken in increasing order; within a row the means are lane sums with the tree.
package func layerNormBackward(
  dX: UnsafeMutablePointer<Float>, dWeight: UnsafeMutablePointer<Float>?, dBias: UnsafeMutablePointer<Float>?,
  _ dOut: UnsafePointer<Float>, _ statistics: UnsafePointer<Float>, _ x: UnsafePointer<Float>,
  weight: UnsafePointer<Float>, rows: Int, width: Int
) {
  for row in 0..<rows {
    let input = x + row * width
    let d = dOut + row * width
    let target = dX + row * width
    let mean = statistics[2 * row]
    let rstd = statistics[2 * row + 1]
    var gSum = Vector(repeating: 0)
    var gnSum = Vector(repeating: 0)
    for c in stride(from: 0, to: width, by: 16) {
      let n = width - c
      let normal = (input.vector(c, first: n) - mean) * rstd
      let dOut = d.vector(c, first: n)
      let g = dOut * weight.vector(c, first: n)
      gSum += g
      gnSum = fma(g, normal, gnSum)
      guard let dWeight, let dBias else { continue }
      dWeight.store(fma(dOut, normal, dWeight.reading.vector(c, first: n)), c, first: n)
      dBias.store(dBias.reading.vector(c, first: n) + dOut, c, first: n)
    }
    let gMean = gSum.treeSum / Float(width)
    let gnMean = gnSum.treeSum / Float(width)
    @inline(__always)
    func addInput(_ c: Int, _ n: Int) {
      let normal = (input.vector(c, first: n) - mean) * rstd
      let g = d.vector(c, first: n) * weight.vector(c, first: n)
      let inner = fma(normal, Vector(repeating: -gnMean), g - gMean)
      target.store(fma(inner, Vector(repeating: rstd), target.reading.vector(c, first: n)), c, first: n)
    }
    forEachVector(of: width, addInput)
  }
}
