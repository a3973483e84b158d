import CVector

/// One or two panels of B ready for a tile: step k at `base + k * stride`, 32 floats.
struct PanelView {
  let base: UnsafePointer<Float>
  let stride: Int
  /// The distance from the left panel to the right one, where there are two.
  let toRight: Int
  /// The panels that come next, if they are known: they are fetched while the last tiles of these are computed.
  var next: UnsafePointer<Float>?

  var right: PanelView { PanelView(base: base + toRight, stride: stride, toRight: toRight) }
}

/// Where a row of a packed A begins: 24 rows lie side by side in every step, and groups of 24 rows are `groupStride`
/// apart.
@inline(__always)
private func packedOffset(row: Int, groupStride: Int) -> Int {
  row / tileGroupRows * groupStride + row % tileGroupRows
}

/// Prefetches a tile of C.
@inline(__always)
private func fetchTile(_ c: UnsafeMutablePointer<Float>, _ cStride: Int, rows: Int, columns: Int) {
  for r in 0..<rows {
    for j in Swift.stride(from: 0, to: columns, by: 16) { swerve_prefetch(c + r * cStride + j) }
  }
}

/// A in tiles, ready for the loop.
enum LeftTiles {
  /// Stored by rows; there are `rows` of them.
  case stored(UnsafePointer<Float>, stride: Int, RowOffsets, rows: Int, LastRows)
  /// 24 rows side by side in every step; groups of them start `groupStride` apart.
  case packed(UnsafePointer<Float>, groupStride: Int, step: Int, rows: Int)

  /// How many of `m` rows are computed in wide tiles where there are two panels. These are the first rows; other tiles
  /// compute the rest.
  func rowsOfWideTiles(_ m: Int) -> Int {
    if !hasWideTiles { return 0 }
    switch self {
    case .stored: return m
    case .packed: return m / tileGroupRows * tileGroupRows
    }
  }

  /// The first rows of C (M, 64) = start + A times two panels, in wide tiles. Each tile of C is fetched while the one
  /// before is computed, as in `multiply`.
  ///
  /// The kind of A is checked once for all tiles. Checking it for each tile makes the compiler copy A, and the copy
  /// delays the next tile until the last one has been stored.
  @inline(__always)
  func multiplyWide(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, rows: Int, _ b: PanelView, _ steps: Int
  ) {
    func fetchNext(_ i: Int) {
      let next = i + wideTileRows < rows ? c + (i + wideTileRows) * cStride : c + 2 * panelColumns
      fetchTile(next, cStride, rows: wideTileRows, columns: 2 * panelColumns)
    }
    switch self {
    case .stored(let base, let stride, let offsets, _, _):
      let whole = rows / wideTileRows * wideTileRows
      // The last four tiles, or all if there are fewer, prefetch the next panels.
      let asking = max(1, min(4, rows / wideTileRows))
      let lines = (4 + asking - 1) / asking
      for i in Swift.stride(from: 0, to: whole, by: wideTileRows) {
        fetchNext(i)
        let (c, a, start) = (c + i * cStride, base + i * stride, start.from(row: i))
        let tilesLeft = (rows - i) / wideTileRows
        if let next = b.next, tilesLeft <= asking {
          let skipped = (asking - tilesLeft) * lines * 4 * steps
          let ahead = InterleavedPrefetch(next, count: 2 * panelColumns * steps, skipped: skipped)
          multiplyStoredWideTile(c, cStride, start, a, offsets, b, steps, ahead: ahead, lines: lines)
        } else {
          multiplyStoredWideTile(c, cStride, start, a, offsets, b, steps)
        }
      }
      if whole < rows {
        fetchNext(whole)
        multiplyLastWideTile(
          c + whole * cStride, cStride, start.from(row: whole), base + whole * stride, offsets, b, steps,
          count: rows - whole)
      }
    case .packed(let base, let groupStride, let step, _):
      for i in Swift.stride(from: 0, to: rows, by: wideTileRows) {
        fetchNext(i)
        let a = base + packedOffset(row: i, groupStride: groupStride)
        multiplyPackedWideTile(c + i * cStride, cStride, start.from(row: i), a, step: step, b, steps)
      }
    }
  }

  /// Rows `rows` of C (M, 32) = start + A times a panel, in tiles of `tileRows`; the last one may go past M. Each tile
  /// of C is fetched while the one before is computed: a gradient lies in the third-level cache or in memory, and a
  /// tile reads it from there and writes it back.
  @inline(__always)
  func multiply(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, rows: Range<Int>, _ b: PanelView,
    _ steps: Int
  ) {
    /// Prefetches the tile of C after that of row i: the one below it, or the one at the top of the next panel.
    func fetchNext(_ i: Int, _ end: Int) {
      let next = i + tileRows < end ? i + tileRows : rows.lowerBound
      let tile = c + next * cStride + (next > i ? 0 : panelColumns)
      fetchTile(tile, cStride, rows: tileRows, columns: panelColumns)
    }
    switch self {
    case .stored(let base, let stride, let offsets, let m, let last):
      let whole = rows.lowerBound + (min(rows.upperBound, m) - rows.lowerBound) / tileRows * tileRows
      for i in Swift.stride(from: rows.lowerBound, to: whole, by: tileRows) {
        fetchNext(i, whole)
        let (c, a) = (c + i * cStride, base + i * stride)
        multiplyStoredTile(c, cStride, start.from(row: i), a, offsets, b.base, b.stride, steps)
      }
      if whole < rows.upperBound {
        let (c, start) = (c + whole * cStride, start.from(row: whole))
        let (a, offsets) =
          hasShortTiles ? (base + whole * stride, offsets) : (last.from(row: whole), last.offsets)
        multiplyLastTile(c, cStride, start, a, offsets, step: 1, b.base, b.stride, steps, count: m - whole)
      }
    case .packed(let base, let groupStride, let step, let m):
      for i in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: tileRows) {
        fetchNext(i, rows.upperBound)
        let a = base + packedOffset(row: i, groupStride: groupStride)
        let (c, start) = (c + i * cStride, start.from(row: i))
        if hasShortTiles && i + tileRows > m {
          multiplyLastTile(
            c, cStride, start, a, RowOffsets(stride: 1), step: step, b.base, b.stride, steps, count: m - i)
        } else {
          multiplyPackedTile(c, cStride, start, a, step: step, b.base, b.stride, steps)
        }
      }
    }
  }
}

/// The last rows of an A that is stored by rows, followed by zeros as far as tiles read; empty where there are short tiles.
struct LastRows {
  let base: UnsafePointer<Float>
  /// Which row of A the first one is.
  let first: Int
  let offsets: RowOffsets

  func from(row: Int) -> UnsafePointer<Float> { base + (row - first) * offsets.r1 }
}

/// The most floats of a packed A: 512 KiB.
private let mostPacked = 128 << 10

/// Packing space of one thread. It grows to the largest product that it meets and then stays, so that steps do not
/// allocate.
package final class MatMulScratch {
  private var left = FloatBuffer(count: 0)
  private var right = FloatBuffer(count: 0)
  private var rows = FloatBuffer(count: 0)
  private let tileBuffer = FloatBuffer(count: tileRows * panelColumns)
  private let zeroBuffer = FloatBuffer(count: 2 * panelColumns)
  private let minusZeroBuffer = FloatBuffer([Float](repeating: -0.0, count: 2 * panelColumns))

  package init() {}

  var tile: UnsafeMutablePointer<Float> { tileBuffer.pointer }
  /// 64 zeros.
  var zeros: UnsafePointer<Float> { zeroBuffer.pointer.reading }
  /// 64 times -0. Adding -0 changes no float.
  var minusZeros: UnsafePointer<Float> { minusZeroBuffer.pointer.reading }

  /// A transposed A is packed, unless its steps lie close together and have room for whole tiles; an A stored by rows
  /// is read in place.
  func tiles(of a: LeftOperand, m: Int, k: Int) -> LeftTiles {
    if a.stepStride == 1 {
      return .stored(a.base, stride: a.rowStride, RowOffsets(stride: a.rowStride), rows: m, lastRows(of: a, m: m, k: k))
    }
    if liesInTiles(a, m: m) { return .packed(a.base, groupStride: tileGroupRows, step: a.stepStride, rows: m) }
    return .packed(packLeft(a, m: m, k: k), groupStride: tileGroupRows * k, step: tileGroupRows, rows: m)
  }

  private func liesInTiles(_ a: LeftOperand, m: Int) -> Bool {
    let read = hasShortTiles ? m : (m + tileRows - 1) / tileRows * tileRows
    return a.stepStride <= panelColumns && read <= a.stepStride
  }

  /// How many rows of A to process at once: all, or about as many as fit, packed, in half of the second-level cache.
  /// Every panel of B then finds them there. GPT-2's 50257 rows would take 50 MB, and each panel would read them from
  /// memory.
  func rowsAtOnce(of a: LeftOperand, m: Int, k: Int) -> Int {
    if a.stepStride == 1 || liesInTiles(a, m: m) || m * k <= mostPacked { return m }
    let blocks = (m * k + mostPacked - 1) / mostPacked
    return (max(m / blocks, 1) + tileGroupRows - 1) / tileGroupRows * tileGroupRows
  }

  /// A transposed A in groups of 24 rows: group g holds (k, r) at `g * 24 * k + k * 24 + r`; rows past M are zero as
  /// far as a tile reads them.
  private func packLeft(_ a: LeftOperand, m: Int, k: Int) -> UnsafePointer<Float> {
    grow(&left, (m + tileGroupRows - 1) / tileGroupRows * tileGroupRows * k)
    for first in Swift.stride(from: 0, to: m, by: tileGroupRows) {
      let target = left.pointer + packedOffset(row: first, groupStride: tileGroupRows * k)
      let source = a.base + first
      let count = min(tileGroupRows, m - first)
      let padded = (count + tileRows - 1) / tileRows * tileRows
      let eights = count / 8 * 8
      for step in 0..<k {
        let (from, to) = (source + step * a.stepStride, target + step * tileGroupRows)
        for r in Swift.stride(from: 0, to: eights, by: 8) {
          let eight = UnsafeRawPointer(from + r).loadUnaligned(as: SIMD8<Float>.self)
          UnsafeMutableRawPointer(to + r).storeBytes(of: eight, as: SIMD8<Float>.self)
        }
        for r in eights..<padded { to[r] = r < count ? from[r] : 0 }
      }
    }
    return left.pointer.reading
  }

  /// Copies the rows after the last whole tile, where a tile that goes past M begins.
  private func lastRows(of a: LeftOperand, m: Int, k: Int) -> LastRows {
    let first = m / tileRows * tileRows
    let count = hasShortTiles ? 0 : m - first
    // Room for any M, so that a later product does not allocate.
    if !hasShortTiles { grow(&rows, tileRows * k) }
    if count > 0 {
      for r in 0..<count { (rows.pointer + r * k).update(from: a.base + (first + r) * a.rowStride, count: k) }
      (rows.pointer + count * k).update(repeating: 0, count: (tileRows - count) * k)
    }
    return LastRows(base: rows.pointer.reading, first: first, offsets: RowOffsets(stride: k))
  }

  /// The panels of B for the columns from `column` on. Panels made beforehand and short rows are used in place.
  func panels(_ b: RightOperand, column: Int, columns: Int, k: Int) -> PanelView {
    switch b {
    case .panels(let panels):
      // The panels of a model lie in the order in which they are used, so the next panels follow even where another
      // matrix begins.
      let base = panels.base + column * k
      return PanelView(
        base: base, stride: panelColumns, toRight: panelColumns * k, next: base + panelCount(k: k, n: columns))
    case .rows(let base, let stride):
      // Up to 64 rows fit well in the first-level cache; more rows would compete for the same cache sets.
      if columns % panelColumns == 0 && k <= 64 {
        return PanelView(base: base + column, stride: stride, toRight: panelColumns)
      }
    case .transposed: break
    }
    grow(&right, panelCount(k: k, n: columns))
    for first in Swift.stride(from: 0, to: columns, by: panelColumns) {
      let count = min(panelColumns, columns - first)
      packPanel(right.pointer + first * k, b, column: column + first, columns: count, k: k)
    }
    return PanelView(base: right.pointer.reading, stride: panelColumns, toRight: panelColumns * k)
  }

  private func grow(_ buffer: inout FloatBuffer, _ count: Int) {
    if buffer.count < count { buffer = FloatBuffer(count: count) }
  }
}

/// Floats that all panels of a (K, N) matrix take.
package func panelCount(k: Int, n: Int) -> Int { (n + panelColumns - 1) / panelColumns * panelColumns * k }

/// Packs a stored weight (K, N), or the transpose of a stored (N, K), into `target` of `panelCount(k:n:)` floats.
package func packPanels(
  _ target: UnsafeMutablePointer<Float>, stored: UnsafePointer<Float>, stride: Int, transposed: Bool, k: Int, n: Int
) -> Panels {
  let b = transposed ? RightOperand.transposed(stored, stride: stride) : RightOperand.rows(stored, stride: stride)
  for panel in 0..<(n + panelColumns - 1) / panelColumns {
    let column = panel * panelColumns
    packPanel(target + column * k, b, column: column, columns: min(panelColumns, n - column), k: k)
  }
  return Panels(base: target, stored: stored, storedStride: stride, storedTransposed: transposed)
}

private func packPanel(
  _ target: UnsafeMutablePointer<Float>, _ b: RightOperand, column: Int, columns: Int, k: Int
) {
  switch b {
  case .panels: preconditionFailure("panels are packed already")
  case .rows(let base, let stride):
    for step in 0..<k {
      let row = target + step * panelColumns
      let source = base + step * stride + column
      if columns == panelColumns {
        row.store(source.vector())
        row.store(source.vector(16), 16)
      } else {
        row.update(from: source, count: columns)
        (row + columns).update(repeating: 0, count: panelColumns - columns)
      }
    }
  case .transposed(let base, let stride):
    let source = base + column * stride
    let whole = columns / 4 * 4
    for j in Swift.stride(from: 0, to: whole, by: 4) { packColumns(target + j, source + j * stride, stride: stride, k) }
    for j in whole..<panelColumns {
      if j < columns {
        for step in 0..<k { target[step * panelColumns + j] = source[j * stride + step] }
      } else {
        for step in 0..<k { target[step * panelColumns + j] = 0 }
      }
    }
  }
}

/// Four columns of a panel from four stored rows, in blocks of 4 x 4.
private func packColumns(
  _ target: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, stride: Int, _ k: Int
) {
  func four(_ row: Int, _ step: Int) -> SIMD4<Float> {
    UnsafeRawPointer(source + row * stride + step).loadUnaligned(as: SIMD4<Float>.self)
  }
  func store(_ v: SIMD4<Float>, _ step: Int) {
    UnsafeMutableRawPointer(target + step * panelColumns).storeBytes(of: v, as: SIMD4<Float>.self)
  }
  let whole = k / 4 * 4
  for step in Swift.stride(from: 0, to: whole, by: 4) {
    let low = SIMD8(lowHalf: four(0, step), highHalf: four(1, step))
    let high = SIMD8(lowHalf: four(2, step), highHalf: four(3, step))
    let even = SIMD8(lowHalf: low.evenHalf, highHalf: high.evenHalf)
    let odd = SIMD8(lowHalf: low.oddHalf, highHalf: high.oddHalf)
    store(even.evenHalf, step)
    store(odd.evenHalf, step + 1)
    store(even.oddHalf, step + 2)
    store(odd.oddHalf, step + 3)
  }
  for step in whole..<k {
    for row in 0..<4 { target[step * panelColumns + row] = source[row * stride + step] }
  }
}
