// The innermost loop of every matrix product.
//
// Order of operations: an element of C is one chain c = fma(a[i,k], b[k,j], c) for k = 0, 1, 2, ... from its start value.
// Which elements are computed together (the tile, the vector width, the packing) is not part of that and never shows.

/// Rows of C that a tile computes.
let tileRows = 8
/// Columns of C that a tile computes, and the width of a packed panel of B.
package let panelColumns = 32

/// C (8, 32) = start + A (8, K) B (K, 32), where C holds the start.
///
/// - Parameters:
///   - c: row r at `c + r * cStride`; read, then written.
///   - a: element (r, k) at `a + r * rowStride + k * stepStride`.
///   - b: row k at `b + k * bStride`, 32 floats.
@inline(__always)
func multiplyTile(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int,
  _ a: UnsafePointer<Float>, rowStride: Int, stepStride: Int,
  _ b: UnsafePointer<Float>, _ bStride: Int, _ steps: Int
) {
  #if SWERVE_AVX512
    multiplyRows8(c, cStride, a, rowStride, stepStride, b, bStride, steps)
  #else
    // Half as many registers of half the width: two rows at a time.
    for r in stride(from: 0, to: tileRows, by: 2) {
      multiplyRows2(c + r * cStride, cStride, a + r * rowStride, rowStride, stepStride, b, bStride, steps)
    }
  #endif
}

#if SWERVE_AVX512
  @inline(__always)
  private func multiplyRows8(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int,
    _ a: UnsafePointer<Float>, _ rowStride: Int, _ stepStride: Int,
    _ b: UnsafePointer<Float>, _ bStride: Int, _ steps: Int
  ) {
    let c0 = c
    let c1 = c + cStride
    let c2 = c + 2 * cStride
    let c3 = c + 3 * cStride
    let c4 = c + 4 * cStride
    let c5 = c + 5 * cStride
    let c6 = c + 6 * cStride
    let c7 = c + 7 * cStride
    var x0 = c0.vector()
    var y0 = c0.vector(16)
    var x1 = c1.vector()
    var y1 = c1.vector(16)
    var x2 = c2.vector()
    var y2 = c2.vector(16)
    var x3 = c3.vector()
    var y3 = c3.vector(16)
    var x4 = c4.vector()
    var y4 = c4.vector(16)
    var x5 = c5.vector()
    var y5 = c5.vector(16)
    var x6 = c6.vector()
    var y6 = c6.vector(16)
    var x7 = c7.vector()
    var y7 = c7.vector(16)
    var p = a
    var q = b
    for _ in 0..<steps {
      let u = q.vector()
      let v = q.vector(16)
      let a0 = Vector(repeating: p[0])
      x0 = fma(a0, u, x0)
      y0 = fma(a0, v, y0)
      let a1 = Vector(repeating: p[rowStride])
      x1 = fma(a1, u, x1)
      y1 = fma(a1, v, y1)
      let a2 = Vector(repeating: p[2 * rowStride])
      x2 = fma(a2, u, x2)
      y2 = fma(a2, v, y2)
      let a3 = Vector(repeating: p[3 * rowStride])
      x3 = fma(a3, u, x3)
      y3 = fma(a3, v, y3)
      let a4 = Vector(repeating: p[4 * rowStride])
      x4 = fma(a4, u, x4)
      y4 = fma(a4, v, y4)
      let a5 = Vector(repeating: p[5 * rowStride])
      x5 = fma(a5, u, x5)
      y5 = fma(a5, v, y5)
      let a6 = Vector(repeating: p[6 * rowStride])
      x6 = fma(a6, u, x6)
      y6 = fma(a6, v, y6)
      let a7 = Vector(repeating: p[7 * rowStride])
      x7 = fma(a7, u, x7)
      y7 = fma(a7, v, y7)
      p += stepStride
      q += bStride
    }
    c0.store(x0)
    c0.store(y0, 16)
    c1.store(x1)
    c1.store(y1, 16)
    c2.store(x2)
    c2.store(y2, 16)
    c3.store(x3)
    c3.store(y3, 16)
    c4.store(x4)
    c4.store(y4, 16)
    c5.store(x5)
    c5.store(y5, 16)
    c6.store(x6)
    c6.store(y6, 16)
    c7.store(x7)
    c7.store(y7, 16)
  }
#else
  @inline(__always)
  private func multiplyRows2(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int,
    _ a: UnsafePointer<Float>, _ rowStride: Int, _ stepStride: Int,
    _ b: UnsafePointer<Float>, _ bStride: Int, _ steps: Int
  ) {
    let c1 = c + cStride
    var x0 = c.vector()
    var y0 = c.vector(16)
    var x1 = c1.vector()
    var y1 = c1.vector(16)
    var p = a
    var q = b
    for _ in 0..<steps {
      let u = q.vector()
      let v = q.vector(16)
      let a0 = Vector(repeating: p[0])
      x0 = fma(a0, u, x0)
      y0 = fma(a0, v, y0)
      let a1 = Vector(repeating: p[rowStride])
      x1 = fma(a1, u, x1)
      y1 = fma(a1, v, y1)
      p += stepStride
      q += bStride
    }
    c.store(x0)
    c.store(y0, 16)
    c1.store(x1)
    c1.store(y1, 16)
  }
#endif
