// Loads, stores and the one reduction tree.

extension UnsafePointer<Float> {
  /// Sixteen floats from this address, which needs no alignment.
  @inline(__always)
  package func vector(_ offset: Int = 0) -> Vector {
    UnsafeRawPointer(self + offset).loadUnaligned(as: Vector.self)
  }

  /// The first `count` floats, zeros in the other lanes.
  @inline(__always)
  package func vector(_ offset: Int, first count: Int) -> Vector {
    if count >= 16 { return vector(offset) }
    var v = Vector(repeating: 0)
    var lane = 0
    if count >= 8 {
      v.lowHalf = UnsafeRawPointer(self + offset).loadUnaligned(as: SIMD8<Float>.self)
      lane = 8
    }
    while lane < count {
      v[lane] = self[offset + lane]
      lane += 1
    }
    return v
  }
}

extension UnsafeMutablePointer<Float> {
  @inline(__always)
  package var reading: UnsafePointer<Float> { UnsafePointer(self) }

  @inline(__always)
  package func vector(_ offset: Int = 0) -> Vector { reading.vector(offset) }

  @inline(__always)
  package func store(_ v: Vector, _ offset: Int = 0) {
    UnsafeMutableRawPointer(self + offset).storeBytes(of: v, as: Vector.self)
  }

  @inline(__always)
  package func store(_ v: Vector, _ offset: Int, first count: Int) {
    if count >= 16 { return store(v, offset) }
    var lane = 0
    if count >= 8 {
      UnsafeMutableRawPointer(self + offset).storeBytes(of: v.lowHalf, as: SIMD8<Float>.self)
      lane = 8
    }
    while lane < count {
      self[offset + lane] = v[lane]
      lane += 1
    }
  }
}

/// Calls `body(i, n)` for each vector of `count` floats: i is its first index, n the number of its lanes. Whole vectors
/// have their own loop, in which n is 16. If the shorter last vector shared that loop, the compiler would compute in
/// half vectors.
///
/// The body must be an inlined function that stores what it computes. A sum that a body adds to may stay in memory,
/// which is four times as slow.
@inline(__always)
package func forEachVector(of count: Int, _ body: (_ offset: Int, _ lanes: Int) -> Void) {
  let whole = count & ~15
  var i = 0
  while i < whole {
    body(i, 16)
    i &+= 16
  }
  if whole < count { body(whole, count &- whole) }
}

/// 0, 1, ..., 15, as floats: the compiler vectorizes comparisons of floats, but makes loops of comparisons of integers.
@inline(__always)
var laneNumber: Vector { Vector(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) }

extension SIMD16<Float> {
  /// The sum of the lanes by the project's fixed tree: i + (i+8), then + 4, + 2, + 1.
  @inline(__always)
  package var treeSum: Float {
    let a = lowHalf + highHalf
    let b = a.lowHalf + a.highHalf
    let c = b.lowHalf + b.highHalf
    return c[0] + c[1]
  }

  /// The largest lane (the order does not matter for a maximum of numbers).
  @inline(__always)
  package var largest: Float {
    let a = maximum(lowHalf, highHalf)
    let b = a.lowHalf.replacing(with: a.highHalf, where: a.highHalf .> a.lowHalf)
    return Swift.max(Swift.max(b[0], b[1]), Swift.max(b[2], b[3]))
  }
}

@inline(__always)
private func maximum(_ a: SIMD8<Float>, _ b: SIMD8<Float>) -> SIMD8<Float> { a.replacing(with: b, where: b .> a) }

@inline(__always)
package func maximum(_ a: Vector, _ b: Vector) -> Vector { a.replacing(with: b, where: b .> a) }
