import CVector

/// One panel of B ready for the tile: row k at `base + k * stride`, 32 floats.
struct PanelView {
  let base: UnsafePointer<Float>
  let stride: Int
  /// Where the panel that comes next lies, if that is known: it is fetched while the last two tiles of this one are computed.
  var next: UnsafePointer<Float>?
}

/// A in tiles of eight rows, ready for the loop.
enum LeftTiles {
  /// As stored by rows; `tail` holds the rows that are left after whole tiles, filled up to eight with zeros.
  case stored(
    UnsafePointer<Float>, stride: Int, RowOffsets, whole: Int, tail: UnsafePointer<Float>, tailRows: Int, RowOffsets)
  /// Eight rows side by side in every step; tiles start `tileStride` apart.
  case packed(UnsafePointer<Float>, tileStride: Int, step: Int)

  /// Rows `rows` of C (M, 32) = start + A times a panel, in whole tiles. Each tile of C is fetched while the one before is
  /// computed: a gradient lies in the third cache or in memory, and a tile takes it from there and puts it back.
  @inline(__always)
  func multiply(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ start: TileStart, rows: Range<Int>, _ b: PanelView,
    _ steps: Int
  ) {
    func from(_ row: Int) -> TileStart {
      TileStart(base: start.base + row * start.stride, stride: start.stride, plus: start.plus)
    }
    /// Asks for the tile of C after that of row i, below it or at the top of the next panel.
    func fetchNext(_ i: Int, _ end: Int) {
      let next = i + tileRows < end ? i + tileRows : rows.lowerBound
      let tile = c + next * cStride + (next > i ? 0 : panelColumns)
      for r in 0..<tileRows {
        swerve_prefetch(tile + r * cStride)
        swerve_prefetch(tile + r * cStride + 16)
      }
    }
    switch self {
    case .stored(let base, let stride, let offsets, let whole, let tail, let tailRows, let tailOffsets):
      let end = min(rows.upperBound, whole)
      for i in Swift.stride(from: rows.lowerBound, to: end, by: tileRows) {
        fetchNext(i, end)
        let (c, a) = (c + i * cStride, base + i * stride)
        let tilesLeft = (end - i) / tileRows
        if let next = b.next, tilesLeft <= 2 {
          let ahead = next + (2 - tilesLeft) * 16 * steps
          multiplyStoredTile(c, cStride, from(i), a, offsets, b.base, b.stride, steps, ahead: ahead)
        } else {
          multiplyStoredTile(c, cStride, from(i), a, offsets, b.base, b.stride, steps)
        }
      }
      if rows.upperBound > whole {
        let c = c + whole * cStride
        if tailRows <= 4 {
          multiplyHalfTile(c, cStride, from(whole), tail, tailOffsets, b.base, b.stride, steps)
        } else {
          multiplyStoredTile(c, cStride, from(whole), tail, tailOffsets, b.base, b.stride, steps)
        }
      }
    case .packed(let base, let tileStride, let step):
      for i in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: tileRows) {
        fetchNext(i, rows.upperBound)
        multiplyPackedTile(
          c + i * cStride, cStride, from(i), base + i / tileRows * tileStride, step: step, b.base, b.stride, steps)
      }
    }
  }
}

/// Packing space of one thread. It grows to the largest product that it meets and then stays, so that steps do not allocate.
package final class MatMulScratch {
  private var left = FloatBuffer(count: 0)
  private var right = FloatBuffer(count: 0)
  private var rows = FloatBuffer(count: 0)
  private let tileBuffer = FloatBuffer(count: tileRows * panelColumns)
  private let zeroBuffer = FloatBuffer(count: panelColumns)
  private let minusZeroBuffer = FloatBuffer([Float](repeating: -0.0, count: panelColumns))

  package init() {}

  var tile: UnsafeMutablePointer<Float> { tileBuffer.pointer }
  /// 32 zeros.
  var zeros: UnsafePointer<Float> { zeroBuffer.pointer.reading }
  /// 32 times -0, which added to a float leaves it as it is.
  var minusZeros: UnsafePointer<Float> { minusZeroBuffer.pointer.reading }

  /// A transposed A is packed once, unless its steps lie close together; A stored by rows is read where it lies.
  func tiles(of a: LeftOperand, m: Int, k: Int) -> LeftTiles {
    if a.stepStride == 1 {
      let whole = m / tileRows * tileRows
      let tail =
        whole == m ? a.base : copyRows(a.base + whole * a.rowStride, stride: a.rowStride, rows: m - whole, k: k)
      return .stored(
        a.base, stride: a.rowStride, RowOffsets(stride: a.rowStride), whole: whole, tail: tail, tailRows: m - whole,
        RowOffsets(stride: k))
    }
    if a.stepStride <= panelColumns && m % tileRows == 0 {
      return .packed(a.base, tileStride: tileRows, step: a.stepStride)
    }
    return .packed(packLeft(a, m: m, k: k), tileStride: tileRows * k, step: tileRows)
  }

  /// A transposed A in panels of 8 rows: panel p holds (k, r) at `p * 8 * k + k * 8 + r`; rows past M are zero.
  private func packLeft(_ a: LeftOperand, m: Int, k: Int) -> UnsafePointer<Float> {
    let panels = (m + tileRows - 1) / tileRows
    grow(&left, panels * tileRows * k)
    for panel in 0..<panels {
      let count = min(tileRows, m - panel * tileRows)
      let target = left.pointer + panel * tileRows * k
      let source = a.base + panel * tileRows
      if count == tileRows {
        for step in 0..<k {
          let eight = UnsafeRawPointer(source + step * a.stepStride).loadUnaligned(as: SIMD8<Float>.self)
          UnsafeMutableRawPointer(target + step * tileRows).storeBytes(of: eight, as: SIMD8<Float>.self)
        }
      } else {
        for step in 0..<k {
          for r in 0..<tileRows { target[step * tileRows + r] = r < count ? source[step * a.stepStride + r] : 0 }
        }
      }
    }
    return left.pointer.reading
  }

  /// `rows` rows of A in a tile of 8, the rest zero.
  private func copyRows(_ source: UnsafePointer<Float>, stride: Int, rows count: Int, k: Int) -> UnsafePointer<Float> {
    grow(&rows, tileRows * k)
    for r in 0..<count { (rows.pointer + r * k).update(from: source + r * stride, count: k) }
    (rows.pointer + count * k).update(repeating: 0, count: (tileRows - count) * k)
    return rows.pointer.reading
  }

  /// The panel of B that starts at `column`. Panels made beforehand and short rows are used where they lie.
  func panel(_ b: RightOperand, column: Int, columns: Int, k: Int) -> PanelView {
    switch b {
    case .panels(let panels):
      // The panels of a model lie in the order in which they are used, so that this holds from one matrix to the next too.
      let base = panels.base + column * k
      return PanelView(base: base, stride: panelColumns, next: base + panelColumns * k)
    case .rows(let base, let stride):
      // Up to 64 rows lie well in the first cache; more of them would fight for the same sets.
      if columns == panelColumns && k <= 64 { return PanelView(base: base + column, stride: stride) }
    case .transposed: break
    }
    grow(&right, panelColumns * k)
    packPanel(right.pointer, b, column: column, columns: columns, k: k)
    return PanelView(base: right.pointer.reading, stride: panelColumns)
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
