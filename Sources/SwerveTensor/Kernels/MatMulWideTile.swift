import CVector

// A tile of two panels side by side. Order of operations and accuracy: see MatMulTile.swift.
//
// A step of the 8 x 32 tile loads 10 times for 16 multiply-adds, one of this tile 10 times for 24. Alone on its core either
// tile is bound by the multiply-adds; when another thread of the core, or another guest of the machine, loads too, this one
// loses a tenth less.

/// Rows of C that a wide tile computes.
let wideTileRows = 6
/// Whole tiles of either kind fit in this many rows.
let tileGroupRows = 24

/// The first rows of M that wide tiles compute where they have two panels; other tiles have the rest.
///
/// 24 vectors of C and four of B fill the registers of AVX-512. Others are too few.
func rowsOfWideTiles(_ m: Int) -> Int {
  #if SWERVE_AVX512
    m / tileGroupRows * tileGroupRows
  #else
    0
  #endif
}

/// One row of a wide tile in registers.
private struct WideRow {
  var x0: Vector
  var x1: Vector
  var x2: Vector
  var x3: Vector

  @inline(__always)
  init(_ start: TileStart, row: Int) {
    let base = start.base + row * start.stride
    x0 = base.vector() + start.plus.vector()
    x1 = base.vector(16) + start.plus.vector(16)
    x2 = base.vector(32) + start.plus.vector(32)
    x3 = base.vector(48) + start.plus.vector(48)
  }

  @inline(__always)
  mutating func add(_ a: Float, _ b0: Vector, _ b1: Vector, _ b2: Vector, _ b3: Vector) {
    let a = Vector(repeating: a)
    x0 = fma(a, b0, x0)
    x1 = fma(a, b1, x1)
    x2 = fma(a, b2, x2)
    x3 = fma(a, b3, x3)
  }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<Float>) {
    c.store(x0)
    c.store(x1, 16)
    c.store(x2, 32)
    c.store(x3, 48)
  }
}

/// C (6, 64) = start + A (6, K) B (K, 64) for A as it is stored by rows.
///
/// - Parameters:
///   - c: row r at `c + r * cStride`; may be where the start lies.
///   - b: step k of the left panel at `base + k * stride`, of the right one `toRight` after that; 32 floats each.
@inline(never)
func multiplyStoredWideTile(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>, _ rows: RowOffsets,
  _ b: PanelView, _ steps: Int
) {
  multiplyWideTile(c, cStride, start, a, rows, step: 1, b, steps)
}

/// The same, asking for one cache line at `ahead` and after it in each step: the panels that come next.
@inline(never)
func multiplyStoredWideTile(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>, _ rows: RowOffsets,
  _ b: PanelView, _ steps: Int, ahead: UnsafePointer<Float>
) {
  multiplyWideTile(c, cStride, start, a, rows, step: 1, b, steps, ahead: ahead)
}

/// The same for an A whose six rows lie side by side in every step: element (r, k) at `a + r + k * step`.
@inline(never)
func multiplyPackedWideTile(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>, step: Int,
  _ b: PanelView, _ steps: Int
) {
  multiplyWideTile(c, cStride, start, a, RowOffsets(stride: 1), step: step, b, steps)
}

@inline(__always)
private func multiplyWideTile(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>, _ rows: RowOffsets,
  step: Int, _ b: PanelView, _ steps: Int, ahead: UnsafePointer<Float>? = nil
) {
  var row0 = WideRow(start, row: 0)
  var row1 = WideRow(start, row: 1)
  var row2 = WideRow(start, row: 2)
  var row3 = WideRow(start, row: 3)
  var row4 = WideRow(start, row: 4)
  var row5 = WideRow(start, row: 5)
  var p = a
  var q = b.base
  var next = ahead ?? a
  for _ in 0..<steps {
    if ahead != nil {
      swerve_prefetch(next)
      next += 16
    }
    let right = q + b.toRight
    let (b0, b1, b2, b3) = (q.vector(), q.vector(16), right.vector(), right.vector(16))
    row0.add(p[0], b0, b1, b2, b3)
    row1.add(p[rows.r1], b0, b1, b2, b3)
    row2.add(p[rows.r2], b0, b1, b2, b3)
    row3.add(p[rows.r3], b0, b1, b2, b3)
    row4.add(p[rows.r4], b0, b1, b2, b3)
    row5.add(p[rows.r5], b0, b1, b2, b3)
    p += step
    q += b.stride
  }
  row0.store(c)
  row1.store(c + cStride)
  row2.store(c + 2 * cStride)
  row3.store(c + 3 * cStride)
  row4.store(c + 4 * cStride)
  row5.store(c + 5 * cStride)
}
