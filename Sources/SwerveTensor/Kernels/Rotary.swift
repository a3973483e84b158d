// Rotary positions (Su et al. 2021), in the layout that splits a head in halves: entries i and i + d/2 form a pair that
// turns by an angle for each position, the pair's frequency (RotaryFrequencies.swift).

/// cos and sin for every position and pair, (context, d/2) each, computed in Double by a fixed sequence of operations.
package struct RotaryTable: Sendable {
  let pairs: Int
  let cosines: [Float]
  let sines: [Float]

  /// - Parameter frequencies: of each pair, in 0...1.
  package init(context: Int, frequencies: [Double]) {
    pairs = frequencies.count
    var cosines = [Float](repeating: 0, count: context * pairs)
    var sines = cosines
    for (i, frequency) in frequencies.enumerated() {
      // One turn for position 1, then repeated complex products: angles stay exact to about context * 2^-52.
      let step = unitRotation(angle: frequency)
      var c = 1.0
      var s = 0.0
      for position in 0..<context {
        cosines[position * pairs + i] = Float(c)
        sines[position * pairs + i] = Float(s)
        (c, s) = ((-(s * step.sin)).addingProduct(c, step.cos), (s * step.cos).addingProduct(c, step.sin))
      }
    }
    self.cosines = cosines
    self.sines = sines
  }
}

/// cos and sin of an angle in [0, 1], by Taylor series.
private func unitRotation(angle: Double) -> (cos: Double, sin: Double) {
  var cosine = 1.0
  var sine = angle
  var term = 1.0
  for n in 1...10 {
    term *= -angle * angle / Double((2 * n - 1) * (2 * n))
    cosine += term
    sine += term * angle / Double(2 * n + 1)
  }
  return (cosine, sine)
}

/// Rotates one row x (width) of queries or keys by its position. `direction` is 1 forward, -1 for the gradient.
///
///   x_i' = fma(x_i, cos, -(x_j sin))      x_j' = fma(x_i, sin, x_j cos)      j = i + d/2
package func rotate(
  _ x: UnsafeMutablePointer<Float>, position: Int, heads: Int, table: RotaryTable, direction: Float
) {
  let pairs = table.pairs
  table.cosines.withUnsafeBufferPointer { cosines in
    table.sines.withUnsafeBufferPointer { sines in
      let cosine = cosines.baseAddress! + position * pairs
      let sine = sines.baseAddress! + position * pairs
      for head in 0..<heads {
        let low = x + head * 2 * pairs
        let high = low + pairs
        @inline(__always)
        func step(_ i: Int, _ n: Int) {
          let c = cosine.vector(i, first: n)
          let s = sine.vector(i, first: n) * direction
          let a = low.reading.vector(i, first: n)
          let b = high.reading.vector(i, first: n)
          // The unary minus of a vector computes 0 - x, which turns 0 into 0, not into -0.
          low.store(fma(a, c, b * (s * -1)), i, first: n)
          high.store(fma(a, s, b * c), i, first: n)
        }
        forEachVector(of: pairs, step)
      }
    }
  }
}
