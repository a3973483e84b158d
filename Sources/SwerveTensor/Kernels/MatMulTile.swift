// The innermost loop of every matrix product.
//
// Order of operations: an element of C is one chain c = fma(a[i,k], b[k,j], c) for k = 0, 1, 2, ... from its start
// value. Which elements are computed together (the tile, the vector width, the packing) is not part of that order and
// changes no bit.
//
// Accuracy against Double (tested), for normally distributed numbers, in units in the last place of C's largest
// element: 4 for K = 16, 8 for 128, 16 for 512, 32 for 1024. It grows about as the square root of K.

#if SWERVE_AVX512
  /// Rows of C that a tile computes.
  let tileRows = 8
  /// Whether a tile may have fewer rows, whatever their number. Otherwise it reads rows past the last one, which must be
  /// there, and nothing is made of them.
  let hasShortTiles = false
#else
  let tileRows = 6
  let hasShortTiles = true
#endif
/// Columns of C that a tile computes, and the width of a packed panel of B.
package let panelColumns = 32

/// The start values of a tile: column j of row r starts at `base[r * stride + j] + plus[j]`. Where nothing is to be
/// added, `plus` holds -0, which changes no float.
struct TileStart {
  let base: UnsafePointer<Float>
  let stride: Int
  let plus: UnsafePointer<Float>

  /// The start values of the tile to the right.
  var right: TileStart { TileStart(base: base + panelColumns, stride: stride, plus: plus + panelColumns) }

  @inline(__always)
  func from(row: Int) -> TileStart { TileStart(base: base + row * stride, stride: stride, plus: plus) }
}

/// The distances of rows 1...7 of A from row 0.
///
/// These are seven numbers, not one stride. A compiler that knows the stride computes each address from the one before,
/// and the loop then waits for a chain of eight additions.
struct RowOffsets {
  let r1: Int
  let r2: Int
  let r3: Int
  let r4: Int
  let r5: Int
  let r6: Int
  let r7: Int

  @inline(__always)
  init(stride: Int) {
    r1 = stride
    r2 = 2 * stride
    r3 = 3 * stride
    r4 = 4 * stride
    r5 = 5 * stride
    r6 = 6 * stride
    r7 = 7 * stride
  }
}

/// C (rows, 32) = start + A (rows, K) B (K, 32), with the rows of a tile, for A as it is stored by rows.
///
/// - Parameters:
///   - c: row r at `c + r * cStride`; may be the memory of the start values.
///   - b: row k at `b + k * bStride`, 32 floats.
@inline(never)
func multiplyStoredTile(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>, _ rows: RowOffsets,
  _ b: UnsafePointer<Float>, _ bStride: Int, _ steps: Int
) {
  multiplyTile(c, cStride, start, a, rows, step: 1, b, bStride, steps)
}

/// The same for an A whose rows lie side by side in every step: element (r, k) at `a + r + k * step`.
@inline(never)
func multiplyPackedTile(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>, step: Int,
  _ b: UnsafePointer<Float>, _ bStride: Int, _ steps: Int
) {
  multiplyTile(c, cStride, start, a, RowOffsets(stride: 1), step: step, b, bStride, steps)
}

/// The last rows of a product, which are fewer than those of a tile: element (r, k) of A at `a + rows[r] + k * step`.
///
/// - Parameter count: at least 1 and less than `tileRows`.
@inline(never)
func multiplyLastTile(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>, _ rows: RowOffsets,
  step: Int, _ b: UnsafePointer<Float>, _ bStride: Int, _ steps: Int, count: Int
) {
  #if SWERVE_AVX512
    if count <= 4 && step == 1 {
      multiplyHalfTile(c, cStride, start, a, rows, b, bStride, steps)
    } else {
      multiplyTile(c, cStride, start, a, rows, step: step, b, bStride, steps)
    }
  #else
    switch count {
    case 1: multiplyTile(c, cStride, start, a, rows, step: step, b, bStride, steps, count: 1)
    case 2: multiplyTile(c, cStride, start, a, rows, step: step, b, bStride, steps, count: 2)
    case 3: multiplyTile(c, cStride, start, a, rows, step: step, b, bStride, steps, count: 3)
    case 4: multiplyTile(c, cStride, start, a, rows, step: step, b, bStride, steps, count: 4)
    default: multiplyTile(c, cStride, start, a, rows, step: step, b, bStride, steps, count: 5)
    }
  #endif
}

#if SWERVE_AVX512
  /// The first four rows, at half of the cost.
  @inline(__always)
  private func multiplyHalfTile(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>, _ rows: RowOffsets,
    _ b: UnsafePointer<Float>, _ bStride: Int, _ steps: Int
  ) {
    let s0 = start.plus.vector()
    let s1 = start.plus.vector(16)
    let z0 = start.base
    var x0 = z0.vector() + s0
    var y0 = z0.vector(16) + s1
    let z1 = start.base + start.stride
    var x1 = z1.vector() + s0
    var y1 = z1.vector(16) + s1
    let z2 = start.base + 2 * start.stride
    var x2 = z2.vector() + s0
    var y2 = z2.vector(16) + s1
    let z3 = start.base + 3 * start.stride
    var x3 = z3.vector() + s0
    var y3 = z3.vector(16) + s1
    var p = a
    var q = b
    for _ in 0..<steps {
      let u = q.vector()
      let v = q.vector(16)
      let a0 = Vector(repeating: p[0])
      x0 = fma(a0, u, x0)
      y0 = fma(a0, v, y0)
      let a1 = Vector(repeating: p[rows.r1])
      x1 = fma(a1, u, x1)
      y1 = fma(a1, v, y1)
      let a2 = Vector(repeating: p[rows.r2])
      x2 = fma(a2, u, x2)
      y2 = fma(a2, v, y2)
      let a3 = Vector(repeating: p[rows.r3])
      x3 = fma(a3, u, x3)
      y3 = fma(a3, v, y3)
      p += 1
      q += bStride
    }
    let c0 = c
    c0.store(x0)
    c0.store(y0, 16)
    let c1 = c + cStride
    c1.store(x1)
    c1.store(y1, 16)
    let c2 = c + 2 * cStride
    c2.store(x2)
    c2.store(y2, 16)
    let c3 = c + 3 * cStride
    c3.store(x3)
    c3.store(y3, 16)
  }

  /// Sixteen chains of vectors, in half of the registers: enough to hide the latency of fused multiply-adds.
  @inline(__always)
  private func multiplyTile(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>,
    _ rows: RowOffsets, step: Int, _ b: UnsafePointer<Float>, _ bStride: Int, _ steps: Int
  ) {
    let s0 = start.plus.vector()
    let s1 = start.plus.vector(16)
    let z0 = start.base
    var x0 = z0.vector() + s0
    var y0 = z0.vector(16) + s1
    let z1 = start.base + start.stride
    var x1 = z1.vector() + s0
    var y1 = z1.vector(16) + s1
    let z2 = start.base + 2 * start.stride
    var x2 = z2.vector() + s0
    var y2 = z2.vector(16) + s1
    let z3 = start.base + 3 * start.stride
    var x3 = z3.vector() + s0
    var y3 = z3.vector(16) + s1
    let z4 = start.base + 4 * start.stride
    var x4 = z4.vector() + s0
    var y4 = z4.vector(16) + s1
    let z5 = start.base + 5 * start.stride
    var x5 = z5.vector() + s0
    var y5 = z5.vector(16) + s1
    let z6 = start.base + 6 * start.stride
    var x6 = z6.vector() + s0
    var y6 = z6.vector(16) + s1
    let z7 = start.base + 7 * start.stride
    var x7 = z7.vector() + s0
    var y7 = z7.vector(16) + s1
    var p = a
    var q = b
    for _ in 0..<steps {
      let u = q.vector()
      let v = q.vector(16)
      let a0 = Vector(repeating: p[0])
      x0 = fma(a0, u, x0)
      y0 = fma(a0, v, y0)
      let a1 = Vector(repeating: p[rows.r1])
      x1 = fma(a1, u, x1)
      y1 = fma(a1, v, y1)
      let a2 = Vector(repeating: p[rows.r2])
      x2 = fma(a2, u, x2)
      y2 = fma(a2, v, y2)
      let a3 = Vector(repeating: p[rows.r3])
      x3 = fma(a3, u, x3)
      y3 = fma(a3, v, y3)
      let a4 = Vector(repeating: p[rows.r4])
      x4 = fma(a4, u, x4)
      y4 = fma(a4, v, y4)
      let a5 = Vector(repeating: p[rows.r5])
      x5 = fma(a5, u, x5)
      y5 = fma(a5, v, y5)
      let a6 = Vector(repeating: p[rows.r6])
      x6 = fma(a6, u, x6)
      y6 = fma(a6, v, y6)
      let a7 = Vector(repeating: p[rows.r7])
      x7 = fma(a7, u, x7)
      y7 = fma(a7, v, y7)
      p += step
      q += bStride
    }
    let c0 = c
    c0.store(x0)
    c0.store(y0, 16)
    let c1 = c + cStride
    c1.store(x1)
    c1.store(y1, 16)
    let c2 = c + 2 * cStride
    c2.store(x2)
    c2.store(y2, 16)
    let c3 = c + 3 * cStride
    c3.store(x3)
    c3.store(y3, 16)
    let c4 = c + 4 * cStride
    c4.store(x4)
    c4.store(y4, 16)
    let c5 = c + 5 * cStride
    c5.store(x5)
    c5.store(y5, 16)
    let c6 = c + 6 * cStride
    c6.store(x6)
    c6.store(y6, 16)
    let c7 = c + 7 * cStride
    c7.store(x7)
    c7.store(y7, 16)
  }
#else
  /// Half as many registers of half the width: half of the columns at a time, in twelve chains of vectors. They hide the
  /// latency of fused multiply-adds, and a step makes eight loads for twelve of these.
  @inline(__always)
  private func multiplyTile(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>,
    _ rows: RowOffsets, step: Int, _ b: UnsafePointer<Float>, _ bStride: Int, _ steps: Int, count: Int = tileRows
  ) {
    for column in [0, 16] {
      @inline(__always)
      func begin(_ row: Int) -> Vector {
        row < count ? (start.base + row * start.stride).vector(column) + start.plus.vector(column) : Vector()
      }
      var row0 = begin(0)
      var row1 = begin(1)
      var row2 = begin(2)
      var row3 = begin(3)
      var row4 = begin(4)
      var row5 = begin(5)
      var p = a
      var q = b + column
      for _ in 0..<steps {
        let b = q.vector()
        row0 = fma(Vector(repeating: p[0]), b, row0)
        if count > 1 { row1 = fma(Vector(repeating: p[rows.r1]), b, row1) }
        if count > 2 { row2 = fma(Vector(repeating: p[rows.r2]), b, row2) }
        if count > 3 { row3 = fma(Vector(repeating: p[rows.r3]), b, row3) }
        if count > 4 { row4 = fma(Vector(repeating: p[rows.r4]), b, row4) }
        if count > 5 { row5 = fma(Vector(repeating: p[rows.r5]), b, row5) }
        p += step
        q += bStride
      }
      let c = c + column
      c.store(row0)
      if count > 1 { (c + cStride).store(row1) }
      if count > 2 { (c + 2 * cStride).store(row2) }
      if count > 3 { (c + 3 * cStride).store(row3) }
      if count > 4 { (c + 4 * cStride).store(row4) }
      if count > 5 { (c + 5 * cStride).store(row5) }
    }
  }
#endif
