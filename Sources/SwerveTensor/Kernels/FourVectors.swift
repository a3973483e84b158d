/// Four sums that are computed side by side.
struct FourVectors {
  var a = Vector(repeating: 0)
  var b = Vector(repeating: 0)
  var c = Vector(repeating: 0)
  var d = Vector(repeating: 0)

  init() {}

  @inline(__always)
  init(_ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector) {
    self.a = a
    self.b = b
    self.c = c
    self.d = d
  }

  @inline(__always)
  mutating func add(_ x: Vector, _ y: FourVectors) { add(FourVectors(x, x, x, x), y) }

  @inline(__always)
  mutating func add(_ x: FourVectors, _ y: FourVectors) {
    a = fma(x.a, y.a, a)
    b = fma(x.b, y.b, b)
    c = fma(x.c, y.c, c)
    d = fma(x.d, y.d, d)
  }

  /// Stores the first `count` vectors; a larger count stores all four.
  @inline(__always)
  func store(_ target: UnsafeMutablePointer<Float>, count: Int) {
    target.store(a)
    if count > 1 { target.store(b, 16) }
    if count > 2 { target.store(c, 32) }
    if count > 3 { target.store(d, 48) }
  }
}
