/// How the chain of each element of C starts.
package enum MatMulStart {
  case zero
  /// `bias[j]` for column j.
  case bias(UnsafePointer<Float>)
  /// The value that C holds.
  case accumulate
  /// X plus `bias[j]`, where row i of X (M, N) starts at `x + i * stride`: a residual connection around a linear layer.
  /// Without a bias, X itself.
  case residual(UnsafePointer<Float>, stride: Int, bias: UnsafePointer<Float>?)

  /// The start of the rows from `row` on, for a caller that also passes C from that row on.
  fileprivate func from(row: Int) -> MatMulStart {
    if case .residual(let x, let stride, let bias) = self {
      return .residual(x + row * stride, stride: stride, bias: bias)
    }
    return self
  }
}

/// The left operand A (M, K): element (i, k) at `base + i * rowStride + k * stepStride`; one of the strides is 1.
package struct LeftOperand {
  let base: UnsafePointer<Float>
  let rowStride: Int
  let stepStride: Int

  /// A without its first columns.
  func after(_ steps: Int) -> LeftOperand {
    LeftOperand(base: base + steps * stepStride, rowStride: rowStride, stepStride: stepStride)
  }

  /// A without its first rows.
  func from(row: Int) -> LeftOperand {
    LeftOperand(base: base + row * rowStride, rowStride: rowStride, stepStride: stepStride)
  }

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

  /// B without its first rows, which panels can't leave out.
  fileprivate func after(_ steps: Int) -> RightOperand {
    switch self {
    case .rows(let base, let stride): .rows(base + steps * stride, stride: stride)
    case .transposed(let base, let stride): .transposed(base + steps, stride: stride)
    case .panels: self
    }
  }

  fileprivate var isPanels: Bool { if case .panels = self { true } else { false } }
}

/// B in panels of 32 columns, and the stored matrix for BLAS. Each panel is K x 32 contiguous floats; the last one is
/// padded with zeros.
package struct Panels {
  let base: UnsafePointer<Float>
  let stored: UnsafePointer<Float>
  let storedStride: Int
  let storedTransposed: Bool
}

/// Where matrix products are computed. `exact` gives the same bits everywhere; `blas` is OpenBLAS on one thread, with
/// the same bits at any number of threads on one machine.
///
/// Tested: a gradient under `blas` is within 3e-6 of each tensor's largest element of the exact one, its loss within
/// 1e-6 of itself, and losses and norms of the first steps of a training within 1e-5.
package enum MathMode: String, Sendable, CaseIterable {
  case exact
  case blas
}

/// C (M, N) = start + A (M, K) B (K, N). Order of operations: see MatMulTile.swift; under `blas`, OpenBLAS's own.
///
/// - Parameters:
///   - c: row i at `c + i * cStride`.
///   - columns: those of C that are computed, all if not given; they begin at a multiple of 32. Under BLAS, a part may
///     be rounded differently from the whole.
///   - hasWholePanels: each row of C has room up to the next multiple of 32 columns, and what lies after column N may
///     be overwritten. Then the last columns need no separate tile. Not with a bias, which has no such room.
///   - scratch: this thread's packing space.
package func matMul(
  _ c: UnsafeMutablePointer<Float>, cStride: Int, _ a: LeftOperand, _ b: RightOperand,
  m: Int, n: Int, k: Int, columns part: Range<Int>? = nil, hasWholePanels: Bool = false, start: MatMulStart,
  mode: MathMode, scratch: MatMulScratch
) {
  let (first, end) = (part?.lowerBound ?? 0, part?.upperBound ?? n)
  precondition(first % panelColumns == 0, "a part of a product begins with a panel")
  if m == 0 || first == end { return }
  if mode == .blas {
    for column in Swift.stride(from: first, to: end, by: panelColumns) {
      let from = tileStart(start, c, cStride: cStride, column: column, scratch)
      write(from, row: 0, to: c + column, stride: cStride, rows: m, columns: min(panelColumns, end - column))
    }
    return multiplyWithBLAS(c, cStride: cStride, a, b, m: m, columns: first..<end, k: k)
  }
  // A panel of B with thousands of steps does not fit in a near cache, and would be read from far away for every eight
  // rows. So the steps are cut into slices. Each slice continues the chains that the slice before left in C.
  let slice = b.isPanels ? k : min(k, longestSlice)
  var done = 0
  repeat {
    let steps = min(slice, k - done)
    let (a, b, start) = (a.after(done), b.after(done), done == 0 ? start : .accumulate)
    let block = scratch.rowsAtOnce(of: a, m: m, k: steps)
    for row in Swift.stride(from: 0, to: m, by: block) {
      multiplySlice(
        c + row * cStride, cStride: cStride, a.from(row: row), b, m: min(block, m - row), k: steps,
        columns: first..<end, isPart: part != nil, hasWholePanels: hasWholePanels, start: start.from(row: row), scratch)
    }
    done += slice
  } while done < k
}

/// The most steps of a slice. Its panel of B then takes 128 KiB: less than the second-level cache, and enough work that
/// reading C again costs almost nothing.
private let longestSlice = 1024

private func multiplySlice(
  _ c: UnsafeMutablePointer<Float>, cStride: Int, _ a: LeftOperand, _ b: RightOperand, m: Int, k: Int,
  columns part: Range<Int>, isPart: Bool, hasWholePanels: Bool, start: MatMulStart, _ scratch: MatMulScratch
) {
  let left = scratch.tiles(of: a, m: m, k: k)
  let wide = left.rowsOfWideTiles(m)
  var column = part.lowerBound
  while column < part.upperBound {
    let isPair = wide > 0 && column + 2 * panelColumns <= part.upperBound
    let columns = min(isPair ? 2 * panelColumns : panelColumns, part.upperBound - column)
    var panel = scratch.panels(b, column: column, columns: columns, k: k)
    // The panels after a part are not this caller's, so they are not prefetched.
    if isPart && column + columns >= part.upperBound { panel.next = nil }
    let from = tileStart(start, c, cStride: cStride, column: column, scratch)
    if isPair {
      left.multiplyWide(c + column, cStride, from, rows: wide, panel, k)
      multiplyPanel(c + column, cStride, panelColumns, from, left, panel, rows: wide..<m, k: k, scratch)
      multiplyPanel(
        c + column + panelColumns, cStride, panelColumns, from.right, left, panel.right, rows: wide..<m, k: k, scratch)
    } else {
      multiplyPanel(
        c + column, cStride, hasWholePanels ? panelColumns : columns, from, left, panel, rows: 0..<m, k: k, scratch)
    }
    column += columns
  }
}

/// One panel of columns, for the rows from a tile's first row up to M.
private func multiplyPanel(
  _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ columns: Int, _ start: TileStart, _ left: LeftTiles,
  _ b: PanelView, rows: Range<Int>, k: Int, _ scratch: MatMulScratch
) {
  let m = rows.upperBound
  let whole = columns == panelColumns ? m - rows.count % tileRows : rows.lowerBound
  left.multiply(c, cStride, start, rows: rows.lowerBound..<whole, b, k)
  // What is narrower or shorter than a tile is computed in a separate tile, so that nothing outside of C is written.
  for i in stride(from: whole, to: m, by: tileRows) {
    let rows = min(tileRows, m - i)
    let tile = scratch.tile
    write(start, row: i, to: tile, stride: panelColumns, rows: rows, columns: columns)
    let from = TileStart(base: tile - i * panelColumns, stride: panelColumns, plus: scratch.minusZeros)
    left.multiply(tile - i * panelColumns, panelColumns, from, rows: i..<i + tileRows, b, k)
    for r in 0..<rows { (c + (i + r) * cStride).update(from: tile + r * panelColumns, count: columns) }
  }
}

/// The start values of the columns from `column` on.
private func tileStart(
  _ start: MatMulStart, _ c: UnsafeMutablePointer<Float>, cStride: Int, column: Int, _ scratch: MatMulScratch
) -> TileStart {
  switch start {
  case .zero: TileStart(base: scratch.zeros, stride: 0, plus: scratch.minusZeros)
  case .bias(let bias): TileStart(base: bias + column, stride: 0, plus: scratch.minusZeros)
  case .accumulate: TileStart(base: c + column, stride: cStride, plus: scratch.minusZeros)
  case .residual(let x, let stride, let bias):
    TileStart(base: x + column, stride: stride, plus: bias.map { $0 + column } ?? scratch.minusZeros)
  }
}

/// Writes the start values from row `row` on to `target` (rows, columns), where the products will be added.
private func write(
  _ start: TileStart, row: Int, to target: UnsafeMutablePointer<Float>, stride targetStride: Int, rows: Int,
  columns: Int
) {
  for i in 0..<rows {
    for j in Swift.stride(from: 0, to: columns, by: 16) {
      let n = columns - j
      let value = start.base.vector((row + i) * start.stride + j, first: n) + start.plus.vector(j, first: n)
      target.store(value, i * targetStride + j, first: n)
    }
  }
}
