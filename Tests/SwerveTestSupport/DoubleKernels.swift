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

/// Causal attention of one text: each element of `qkv` is one token's q, k and v side by side.
package func doubleAttention(_ qkv: [[Double]], heads: Int) -> [[Double]] {
  let width = (qkv.first?.count ?? 0) / 3
  guard width > 0 else { return [] }
  let d = width / heads
  return qkv.indices.map { i in
    var out = [Double](repeating: 0, count: width)
    for first in stride(from: 0, to: width, by: d) {
      let scores = (0...i).map { j in
        (first..<first + d).reduce(0.0) { $0 + qkv[i][$1] * qkv[j][width + $1] } / Double(d).squareRoot()
      }
      for (j, p) in doubleSoftmax(scores).enumerated() {
        for c in first..<first + d { out[c] += p * qkv[j][2 * width + c] }
      }
    }
    return out
  }
}

/// Turns queries or keys (width) by their position: entries i and i + d/2 of a head by position * 10000^(-2i/d).
package func doubleRotate(_ x: [Double], position: Int, heads: Int) -> [Double] {
  var y = x
  let d = x.count / heads
  for head in 0..<heads {
    for i in 0..<d / 2 {
      let angle = Double(position) * pow(10_000, -2 * Double(i) / Double(d))
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
package func slope(_ x: [Double], at index: Int, step: Double, _ f: ([Double]) -> Double) -> Double {
  var direction = [Double](repeating: 0, count: x.count)
  direction[index] = 1
  return slope(x, along: direction, step: step, f)
}
