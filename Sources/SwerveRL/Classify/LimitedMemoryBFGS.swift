/// The directions of limited-memory BFGS: the inverse of the Hessian is estimated from the last changes of the point and of the
/// gradient (Nocedal 1980; Nocedal and Wright, "Numerical Optimization", 2006, algorithm 7.4).
///
/// Order of operations: points and gradients are floats; products and sums of the recursion are chains in Double, in increasing
/// index, without fused operations.
struct LimitedMemoryBFGS {
  /// A change of the point and of the gradient.
  struct Pair: Equatable {
    let point: [Float]
    let gradient: [Float]
    /// Point times gradient, above 0.
    let curvature: Double
    /// Gradient times gradient.
    let square: Double

    /// Nil where the curvature is not clearly above what rounding makes of 0.
    init?(point: [Float], gradient: [Float]) {
      (self.point, self.gradient) = (point, gradient)
      curvature = dot(point, gradient)
      square = dot(gradient, gradient)
      guard curvature > 1e-10 * (dot(point, point) * square).squareRoot() else { return nil }
    }
  }

  /// How many pairs are kept.
  let history: Int
  /// The oldest first.
  private(set) var pairs: [Pair] = []

  init(history: Int) { self.history = history }

  /// Drops the oldest pair where there are too many.
  mutating func add(_ pair: Pair) {
    if pairs.count == history { pairs.removeFirst() }
    pairs.append(pair)
  }

  /// Minus the estimated inverse Hessian times the gradient; without pairs, minus the gradient.
  func direction(_ gradient: [Float]) -> [Double] {
    var q = gradient.map { -Double($0) }
    var shares: [Double] = []
    for pair in pairs.reversed() {
      let share = dot(pair.point, q) / pair.curvature
      add(&q, -share, pair.gradient)
      shares.append(share)
    }
    if let last = pairs.last {
      let scale = last.curvature / last.square
      for index in q.indices { q[index] *= scale }
    }
    for pair in pairs {
      let share = (shares.popLast() ?? 0) - dot(pair.gradient, q) / pair.curvature
      add(&q, share, pair.point)
    }
    return q
  }

  private func add(_ target: inout [Double], _ factor: Double, _ values: [Float]) {
    target.withUnsafeMutableBufferPointer { target in
      values.withUnsafeBufferPointer { values in
        for index in target.indices { target[index] += factor * Double(values[index]) }
      }
    }
  }
}

/// The sum of products in increasing index, in Double.
func dot(_ a: [Float], _ b: [Float]) -> Double {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      var sum = 0.0
      for index in a.indices { sum += Double(a[index]) * Double(b[index]) }
      return sum
    }
  }
}

/// The same of floats and doubles.
func dot(_ a: [Float], _ b: [Double]) -> Double {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      var sum = 0.0
      for index in a.indices { sum += Double(a[index]) * b[index] }
      return sum
    }
  }
}
