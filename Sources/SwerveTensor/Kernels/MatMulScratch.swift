/// One panel of B ready for the tile: row k at `base + k * stride`, 32 floats.
struct PanelView {
  let base: UnsafePointer<Float>
  let stride: Int
}

/// Packing space of one thread. It grows to the largest product that it meets and then stays, so that steps do not allocate.
package final class MatMulScratch {
  private var left = FloatBuffer(count: 0)
  private var right = FloatBuffer(count: 0)
  private var rows = FloatBuffer(count: 0)
  private let tileBuffer = FloatBuffer(count: tileRows * panelColumns)

  package init() {}

  var tile: UnsafeMutablePointer<Float> { tileBuffer.pointer }

  /// A transposed A in panels of 8 rows: panel p holds (k, r) at `p * 8 * k + k * 8 + r`; rows past M are zero.
  func packLeft(_ a: LeftOperand, m: Int, k: Int) -> UnsafePointer<Float> {
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
  func copyRows(_ source: UnsafePointer<Float>, stride: Int, rows count: Int, k: Int) -> UnsafePointer<Float> {
    grow(&rows, tileRows * k)
    for r in 0..<count { (rows.pointer + r * k).update(from: source + r * stride, count: k) }
    (rows.pointer + count * k).update(repeating: 0, count: (tileRows - count) * k)
    return rows.pointer.reading
  }

  /// The panel of B that starts at `column`. Panels made beforehand and short rows are used where they lie.
  func panel(_ b: RightOperand, column: Int, columns: Int, k: Int) -> PanelView {
    switch b {
    case .panels(let panels): return PanelView(base: panels.base + column * k, stride: panelColumns)
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
    for j in 0..<panelColumns {
      if j < columns {
        let source = base + (column + j) * stride
        for step in 0..<k { target[step * panelColumns + j] = source[step] }
      } else {
        for step in 0..<k { target[step * panelColumns + j] = 0 }
      }
    }
  }
}
