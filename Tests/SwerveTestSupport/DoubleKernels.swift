import Foundation

// The layers of the transformer as plain loops in Double, written from their formulas. They are the oracle of the Float
// kernels' values and, through central differences, of their gradients.

/// Rows of a (rows, width) block.
package func rows<Number>(of x: [Number], width: Int) -> [[Number]] {
  stride(from: 0, to: x.count, by: width).map { Array(x[$0..<$0 + width]) }
}

/// y = x W + bias for one row x (in); W is (in, out).
package func doubleLinear(_ x: [Double], weight: [Double], bias: [Double]) -> [Double] {
  var y = bias
  let width = bias.count
  for (i, a) in x.enumerated() { for j in 0..<width { y[j] += a * weight[i * width + j] } }
  return y
}

/// ((x - mean) / sqrt(variance + epsilon)) weight + bias for one row.
package func doubleLayerNorm(_ x: [Double], weight: [Double], bias: [Double], epsilon: Double) -> [Double] {
  let n = Double(x.count)
  let mean = x.reduce(0, +) / n
  let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
  let rstd = 1 / (variance + epsilon).squareRoot()
  return x.indices.map { (x[$0] - mean) * rstd * weight[$0] + bias[$0] }
}

/// x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x³))).
package func doubleGELU(_ x: Double) -> Double {
  x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
}

/// x/2 (1 + erf(x / sqrt 2)).
package func doubleErfGELU(_ x: Double) -> Double { x / 2 * (1 + erf(x / 2.0.squareRoot())) }

/// softmax(x).
package func doubleSoftmax(_ x: [Double]) -> [Double] {
  let top = x.max() ?? 0
  let e = x.map { exp($0 - top) }
  let total = e.reduce(0, +)
  return e.map { $0 / total }
}

/// log softmax(x / tau).
package func doubleLogSoftmax(_ x: [Double], temperature: Double = 1) -> [Double] {
  let z = x.map { $0 / temperature }
  let top = z.max() ?? 0
  let total = log(z.reduce(0) { $0 + exp($1 - top) })
  return z.map { $0 - top - total }
}

/// y = W x + bias for one row x (in); W is (out, in), and without a bias it is 0.
package func doubleTransposedLinear(_ x: [Double], weight: [Double], bias: [Double]?) -> [Double] {
  (0..<weight.count / x.count).map { j in
    var y = bias?[j] ?? 0
    for i in 0..<x.count { y += weight[j * x.count + i] * x[i] }
    return y
  }
}

/// x / sqrt(mean of squares + epsilon) weight for one row.
package func doubleRMSNorm(_ x: [Double], weight: [Double], epsilon: Double) -> [Double] {
  let rstd = 1 / (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + epsilon).squareRoot()
  return zip(x, weight).map { $0 * rstd * $1 }
}

/// x sigmoid(x).
package func doubleSiLU(_ x: Double) -> Double { x / (1 + exp(-x)) }

/// Attention of one text: each element of `qkv` is one token's q, k and v side by side.
/// - Parameter keyValueHeads: as many as heads if not given; each serves the same number of consecutive heads.
package func doubleAttention(
  _ qkv: [[Double]], heads: Int, keyValueHeads: Int? = nil, isCausal: Bool = true
) -> [[Double]] {
  let shared = keyValueHeads ?? heads
  let d = (qkv.first?.count ?? 0) / (heads + 2 * shared)
  guard d > 0 else { return [] }
  return qkv.indices.map { i in
    (0..<heads).flatMap { head in
      let k = (heads + head * shared / heads) * d
      let scores = (0...(isCausal ? i : qkv.count - 1)).map { j in
        (0..<d).reduce(0.0) { $0 + qkv[i][head * d + $1] * qkv[j][k + $1] } / Double(d).squareRoot()
      }
      var out = [Double](repeating: 0, count: d)
      for (j, p) in doubleSoftmax(scores).enumerated() {
        for c in 0..<d { out[c] += p * qkv[j][k + shared * d + c] }
      }
      return out
    }
  }
}

/// Turns queries or keys (width) by their position: entries i and i + d/2 of a head by position times the pair's
/// frequency, 10000^(-2i/d) if not given.
package func doubleRotate(_ x: [Double], position: Int, heads: Int, frequencies: [Double]? = nil) -> [Double] {
  var y = x
  let d = x.count / heads
  for head in 0..<heads {
    for i in 0..<d / 2 {
      let angle = Double(position) * (frequencies?[i] ?? pow(10_000, -2 * Double(i) / Double(d)))
      let low = head * d + i
      let high = low + d / 2
      y[low] = x[low] * cos(angle) - x[high] * sin(angle)
      y[high] = x[low] * sin(angle) + x[high] * cos(angle)
    }
  }
  return y
}

/// The slope of `f` at `x` along `direction`, by a central difference. Its error is about step² f''' / 6 plus 1e-16 |f|
/// / step.
package func slope(_ x: [Double], along direction: [Double], step: Double, _ f: ([Double]) -> Double) -> Double {
  let ahead = zip(x, direction).map { $0 + step * $1 }
  let behind = zip(x, direction).map { $0 - step * $1 }
  return (f(ahead) - f(behind)) / (2 * step)
}

/// The slope of `f` at `x` in one element.
package func slope(_ x: [Double], at place: Int, step: Double, _ f: ([Double]) -> Double) -> Double {
  var direction = [Double](repeating: 0, count: x.count)
  direction[place] = 1
  return slope(x, along: direction, step: step, f)
}
