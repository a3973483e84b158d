// Loops over whole arrays. An element's result depends only on the elements at the same index, so there is no order to
// fix.

/// A new array of `count` floats that the body fills completely.
@inline(__always)
func filled(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
  [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
    if let base = buffer.baseAddress, count > 0 { body(base) }
    initialized = count
  }
}

@inline(__always)
func map(_ x: [Float], _ f: (Float) -> Float) -> [Float] {
  x.withUnsafeBufferPointer { x in
    filled(x.count) { out in for i in 0..<x.count { out[i] = f(x[i]) } }
  }
}

/// - Precondition: both have the same count.
@inline(__always)
func map(_ x: [Float], _ y: [Float], _ f: (Float, Float) -> Float) -> [Float] {
  precondition(x.count == y.count, "elementwise operands have one length")
  return x.withUnsafeBufferPointer { x in
    y.withUnsafeBufferPointer { y in
      filled(x.count) { out in for i in 0..<x.count { out[i] = f(x[i], y[i]) } }
    }
  }
}

/// - Precondition: all have the same count.
@inline(__always)
func map(_ x: [Float], _ y: [Float], _ z: [Float], _ f: (Float, Float, Float) -> Float) -> [Float] {
  precondition(x.count == y.count && x.count == z.count, "elementwise operands have one length")
  return x.withUnsafeBufferPointer { x in
    y.withUnsafeBufferPointer { y in
      z.withUnsafeBufferPointer { z in
        filled(x.count) { out in for i in 0..<x.count { out[i] = f(x[i], y[i], z[i]) } }
      }
    }
  }
}

/// A function of ElementaryFunctions.swift as a type: a closure would be called, not inlined, which costs five times as
/// much.
protocol VectorFunction {
  static func apply(_ x: Vector) -> Vector
}

enum Exponential: VectorFunction {
  @inline(__always) static func apply(_ x: Vector) -> Vector { exactExp(x) }
}
enum Logarithm: VectorFunction {
  @inline(__always) static func apply(_ x: Vector) -> Vector { exactLog(x) }
}
/// log(1 + x) for x in 0...1, accurate where 1 + x rounds: u = 1 + x; log(u) (x / (u - 1)), and x where u is 1.
enum Logarithm1P: VectorFunction {
  @inline(__always) static func apply(_ x: Vector) -> Vector {
    let u = x + 1
    var result = exactLog(u) * (x / (u - 1))
    result.replace(with: x, where: u .== 1)
    return result
  }
}
enum HyperbolicTangent: VectorFunction {
  @inline(__always) static func apply(_ x: Vector) -> Vector { exactTanh(x) }
}
enum Sigmoid: VectorFunction {
  @inline(__always) static func apply(_ x: Vector) -> Vector { exactSigmoid(x) }
}

/// Maps sixteen elements at a time. The unused lanes of the last vector are dropped.
func map<F: VectorFunction>(_ x: [Float], _ function: F.Type) -> [Float] {
  x.withUnsafeBufferPointer { x in
    filled(x.count) { out in
      guard let base = x.baseAddress else { return }
      @inline(__always)
      func step(_ i: Int, _ n: Int) { out.store(F.apply(base.vector(i, first: n)), i, first: n) }
      forEachVector(of: x.count, step)
    }
  }
}

/// One step of the chain rule: gradient times slope, but 0 where the gradient is 0. So a branch that `where` did not
/// take sends 0 back, not the NaN of 0 times an infinite slope.
@inline(__always)
func chain(_ gradient: Float, _ slope: Float) -> Float { gradient == 0 ? 0 : gradient * slope }
