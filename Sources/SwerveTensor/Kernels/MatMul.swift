/// How the chain of each element of C starts.
package enum MatMulStart {
  case zero
  /// `bias[j]` for column j.
  case bias(UnsafePointer<Float>)
  /// What C holds.
  case accumulate
  /// What C holds, plus `bias[j]`: a residual connection after a linear layer.
  case accumulatePlusBias(UnsafePointer<Float>)
}

/// The left operand A (M, K): element (i, k) at `base + i * rowStride + k * stepStride`; one of the strides is 1.
package struct LeftOperand {
  let base: UnsafePointer<Float>
  let rowStride: Int
  let stepStride: Int

  /// A as stored, rows of K floats that start `stride` apart.
  package static func rows(_ base: UnsafePointer<Float>, stride: Int) -> LeftOperand {
    LeftOperand(base: base, rowStride: stride, stepStride: 1)
  }

  /// The transpose of a stored (K, M) matrix whose rows start `stride` apart.
  package static func transposed(_ base: UnsafePointer<Float>, stride: Int) -> LeftOperand {
    LeftOperand(base: base, rowStride: 1, stepStride: stride)
  }
}

/// The right operand B (K, N), as stored or in panels made beforehand.
package enum RightOperand {
  /// Rows of N floats that start `stride` apart.
  case rows(UnsafePointer<Float>, stride: Int)
  /// The transpose of a stored (N, K) matrix whose rows start `stride` apart.
  case transposed(UnsafePointer<Float>, stride: Int)
  case panels(Panels)
}

/// B in panels of 32 columns, each K x 32 contiguous, the last one padded with zeros; with the stored matrix for BLAS.
package struct Panels {
  let base: UnsafePointer<Float>
  let stored: UnsafePointer<Float>
  let storedStride: Int
  let storedTransposed: Bool
}

/// Where matrix products are computed. `exact` gives the same bits everywhere; `blas` is OpenBLAS on one thread.
package enum MathMode: String, Sendable, CaseIterable {
  case exact
  case blas
}

/// C (M, N) = start + A (M, K) B (K, N). Order of operations: see MatMulTile.swift; under `blas`, OpenBLAS's own.
///
/// - Parameters:
///   - c: row i at `c + i * cStride`.
///   - scratch: this thread's packing space.
package func matMul(
  _ c: UnsafeMutablePointer<Float>, cStride: Int, _ a: LeftOperand, _ b: RightOperand,
  m: Int, n: Int, k: Int, start: MatMulStart, mode: MathMode, scratch: MatMulScratch
) {
  if m == 0 || n == 0 { return }
  applyStart(start, c, cStride: cStride, m: m, n: n)
  if mode == .blas { return multiplyWithBLAS(c, cStride: cStride, a, b, m: m, n: n, k: k) }
  // A transposed A is packed once, in panels of K x 8, unless its steps lie close together; A stored by rows is read where it
  // lies.
  let transposed = a.stepStride != 1
  let close = transposed && a.stepStride <= panelColumns && m % tileRows == 0
  let packed = transposed && !close ? scratch.packLeft(a, m: m, k: k) : nil
  for panel in 0..<(n + panelColumns - 1) / panelColumns {
    let column = panel * panelColumns
    let columns = min(panelColumns, n - column)
    let view = scratch.panel(b, column: column, columns: columns, k: k)
    if let packed {
      multiplyPanel(
        c + column, cStride, columns, view, m: m, k: k, scratch: scratch,
        left: { i in packed + i * k }, rowStride: 1, stepStride: tileRows)
    } else if close {
      multiplyPanel(
        c + column, cStride, columns, view, m: m, k: k, scratch: scratch,
        left: { i in a.base + i }, rowStride: 1, stepStride: a.stepStride)
    } else {
      multiplyPanel(
        c + column, cStride, columns, view, m: m, k: k, scratch: scratch,
        left: { i in a.base + i * a.rowStride }, rowStride: a.rowStride, stepStride: 1)
    }
  }
}

/// One panel of columns for all rows. `left(i)` is where rows i..<i+8 of A start.
@inline(__always)
private func multiplyPanel(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ columns: Int, _ b: PanelView, m: Int, k: Int,
  scratch: MatMulScratch, left: (Int) -> UnsafePointer<Float>, rowStride: Int, stepStride: Int
) {
  var i = 0
  if columns == panelColumns {
    while i + tileRows <= m {
      multiplyTile(
        c + i * cStride, cStride, left(i), rowStride: rowStride, stepStride: stepStride, b.base, b.stride, k)
      i += tileRows
    }
  }
  // What is narrower than a tile or shorter goes through a tile of its own, so that nothing outside C is written. Rows of A
  // past M are not read: a short tile of a row-major A is copied first.
  while i < m {
    let rows = min(tileRows, m - i)
    let tile = scratch.tile
    for r in 0..<rows { (tile + r * panelColumns).update(from: c + (i + r) * cStride, count: columns) }
    if rows < tileRows && stepStride == 1 {
      let copy = scratch.copyRows(left(i), stride: rowStride, rows: rows, k: k)
      multiplyTile(tile, panelColumns, copy, rowStride: k, stepStride: 1, b.base, b.stride, k)
    } else {
      multiplyTile(tile, panelColumns, left(i), rowStride: rowStride, stepStride: stepStride, b.base, b.stride, k)
    }
    for r in 0..<rows { (c + (i + r) * cStride).update(from: tile + r * panelColumns, count: columns) }
    i += rows
  }
}

private func applyStart(_ start: MatMulStart, _ c: UnsafeMutablePointer<Float>, cStride: Int, m: Int, n: Int) {
  switch start {
  case .accumulate: return
  case .zero: for i in 0..<m { (c + i * cStride).update(repeating: 0, count: n) }
  case .bias(let bias): for i in 0..<m { (c + i * cStride).update(from: bias, count: n) }
  case .accumulatePlusBias(let bias):
    for i in 0..<m {
      let row = c + i * cStride
      var j = 0
      while j + 16 <= n {
        row.store(row.vector(j) + bias.vector(j), j)
        j += 16
      }
      while j < n {
        row[j] += bias[j]
        j += 1
      }
    }
  }
}
