import CVector

// The elementwise step of AdamW (Loshchilov and Hutter 2019) and the sum behind the gradient's norm.
//
// Order of operations of an element:
//   g = gradient scale      m = fma(beta1, m, g (1 - beta1))      v = fma(beta2, v, g g (1 - beta2))
//   w = w keep - rate m / (sqrt(v) / rootCorrection + epsilon)

/// The numbers of one step for one tensor.
package struct AdamStep {
  package var beta1: Float
  package var beta2: Float
  package var epsilon: Float
  /// Factor of the gradient: below 1 where its norm is clipped.
  package var scale: Float
  /// 1 - lr decay, or 1 where the tensor does not decay.
  package var keep: Float
  /// lr / (1 - beta1^t).
  package var rate: Float
  /// sqrt(1 - beta2^t).
  package var rootCorrection: Float

  package init(
    beta1: Float, beta2: Float, epsilon: Float, scale: Float, keep: Float, rate: Float, rootCorrection: Float
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.scale = scale
    self.keep = keep
    self.rate = rate
    self.rootCorrection = rootCorrection
  }

  /// Updates `count` weights w and their moments m and v in place.
  package func update(
    _ w: UnsafeMutablePointer<Float>, m: UnsafeMutablePointer<Float>, v: UnsafeMutablePointer<Float>,
    gradient g: UnsafePointer<Float>, count: Int
  ) {
    let beta1 = Vector(repeating: beta1)
    let beta2 = Vector(repeating: beta2)
    @inline(__always)
    func step(_ i: Int, _ n: Int) {
      let gradient = g.vector(i, first: n) * scale
      let momentum = fma(beta1, m.reading.vector(i, first: n), gradient * (1 - self.beta1))
      let square = fma(beta2, v.reading.vector(i, first: n), gradient * gradient * (1 - self.beta2))
      m.store(momentum, i, first: n)
      v.store(square, i, first: n)
      let denominator = swerve_sqrt(square) / rootCorrection + epsilon
      w.store(w.reading.vector(i, first: n) * keep - rate * momentum / denominator, i, first: n)
    }
    forEachVector(of: count, step)
  }
}

/// The sum of products of `count` floats: 16 lanes, products fused, then the tree. Reads whole vectors.
package func dotProduct(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, count: Int) -> Float {
  var sum = Vector(repeating: 0)
  for i in stride(from: 0, to: count, by: 16) {
    sum = fma(x.vector(i, first: count - i), y.vector(i, first: count - i), sum)
  }
  return sum.treeSum
}

/// The sum of squares of `count` floats: 16 lanes, products fused, then the tree. Reads whole vectors.
package func sumOfSquares(_ x: UnsafePointer<Float>, count: Int) -> Float {
  var sum = Vector(repeating: 0)
  for i in stride(from: 0, to: count, by: 16) {
    let g = x.vector(i, first: count - i)
    sum = fma(g, g, sum)
  }
  return sum.treeSum
}
