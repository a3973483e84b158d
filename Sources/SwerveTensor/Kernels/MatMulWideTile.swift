// A tile of two panels side by side. Order of operations and accuracy: see MatMulTile.swift.
//
// A step of the 8 x 32 tile makes 10 loads for 16 multiply-adds; a step of this tile makes 10 loads for 24. On a core
// that runs nothing else, either tile is limited by the multiply-adds. When another thread of the core or another guest
// of the machine makes loads too, this tile loses a tenth less.

/// Rows of C that a wide tile computes.
let wideTileRows = 6
/// Whole tiles of either kind fit in this many rows.
let tileGroupRows = 24

/// Whether there are wide tiles: 24 vectors of C and four of B fill the registers of AVX-512. Other instruction sets
/// have too few registers.
#if SWERVE_AVX512
  let hasWideTiles = true
#else
  let hasWideTiles = false
#endif

extension FourVectors {
  /// The start values of a row of a wide tile.
  @inline(__always)
  fileprivate init(_ start: TileStart, row: Int) {
    let base = start.base + row * start.stride
    let plus = start.plus
    self.init(
      base.vector() + plus.vector(), base.vector(16) + plus.vector(16), base.vector(32) + plus.vector(32),
      base.vector(48) + plus.vector(48))
  }
}

/// C (6, 64) = start + A (6, K) B (K, 64) for A as it is stored by rows.
///
/// - Parameters:
///   - c: row r at `c + r * cStride`; may be the memory of the start values.
///   - b: step k of the left panel at `base + k * stride`, of the right one `toRight` after that; 32 floats each.
@inline(never)
func multiplyStoredWideTile(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>, _ rows: RowOffsets,
  _ b: PanelView, _ steps: Int
) {
  multiplyWideTile(c, cStride, start, a, rows, step: 1, b, steps)
}

/// The same, but it also prefetches what comes next: `lines` cache lines of each stream in every four steps.
@inline(never)
func multiplyStoredWideTile(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>, _ rows: RowOffsets,
  _ b: PanelView, _ steps: Int, ahead: InterleavedPrefetch, lines: Int
) {
  multiplyWideTile(c, cStride, start, a, rows, step: 1, b, steps, ahead: ahead, lines: lines)
}

/// The same for an A whose six rows lie side by side in every step: element (r, k) at `a + r + k * step`.
@inline(never)
func multiplyPackedWideTile(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>, step: Int,
  _ b: PanelView, _ steps: Int
) {
  multiplyWideTile(c, cStride, start, a, RowOffsets(stride: 1), step: step, b, steps)
}

/// C (count, 64) for the last one to five rows of an A as it is stored.
@inline(never)
func multiplyLastWideTile(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>, _ rows: RowOffsets,
  _ b: PanelView, _ steps: Int, count: Int
) {
  switch count {
  case 1: multiplyWideTile(c, cStride, start, a, rows, step: 1, b, steps, count: 1)
  case 2: multiplyWideTile(c, cStride, start, a, rows, step: 1, b, steps, count: 2)
  case 3: multiplyWideTile(c, cStride, start, a, rows, step: 1, b, steps, count: 3)
  case 4: multiplyWideTile(c, cStride, start, a, rows, step: 1, b, steps, count: 4)
  default: multiplyWideTile(c, cStride, start, a, rows, step: 1, b, steps, count: 5)
  }
}

@inline(__always)
private func multiplyWideTile(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, _ a: UnsafePointer<Float>, _ rows: RowOffsets,
  step: Int, _ panels: PanelView, _ steps: Int, count: Int = wideTileRows, ahead: InterleavedPrefetch? = nil,
  lines: Int = 0
) {
  @inline(__always)
  func begin(_ row: Int) -> FourVectors { row < count ? FourVectors(start, row: row) : FourVectors() }
  var row0 = begin(0)
  var row1 = begin(1)
  var row2 = begin(2)
  var row3 = begin(3)
  var row4 = begin(4)
  var row5 = begin(5)
  var p = a
  var q = panels.base
  @inline(__always)
  func addStep() {
    let right = q + panels.toRight
    let b = FourVectors(q.vector(), q.vector(16), right.vector(), right.vector(16))
    row0.add(Vector(repeating: p[0]), b)
    if count > 1 { row1.add(Vector(repeating: p[rows.r1]), b) }
    if count > 2 { row2.add(Vector(repeating: p[rows.r2]), b) }
    if count > 3 { row3.add(Vector(repeating: p[rows.r3]), b) }
    if count > 4 { row4.add(Vector(repeating: p[rows.r4]), b) }
    if count > 5 { row5.add(Vector(repeating: p[rows.r5]), b) }
    p += step
    q += panels.stride
  }
  var left = steps
  if var ahead {
    while left >= 4 {
      for _ in 0..<lines { ahead.ask() }
      for _ in 0..<4 { addStep() }
      left -= 4
    }
  }
  for _ in 0..<left { addStep() }
  @inline(__always)
  func finish(_ sums: FourVectors, _ row: Int) {
    if row < count { sums.store(c + row * cStride, count: 4) }
  }
  finish(row0, 0)
  finish(row1, 1)
  finish(row2, 2)
  finish(row3, 3)
  finish(row4, 4)
  finish(row5, 5)
}
