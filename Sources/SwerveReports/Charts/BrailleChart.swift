/// A curve as lines of Braille patterns: two dots across and four down for each character.
package enum BrailleChart {
  /// - Parameters:
  ///   - points: rising x.
  ///   - width: characters per line.
  ///   - height: the number of lines.
  package static func lines(_ points: [(x: Double, y: Double)], width: Int, height: Int) -> [String] {
    guard let first = points.first, let last = points.last, width > 0, height > 0 else { return [] }
    let (columns, rows) = (2 * width, 4 * height)
    let x = Axis(low: first.x, high: last.x)
    let y = Axis(low: points.map(\.y).min() ?? 0, high: points.map(\.y).max() ?? 0)
    var dots = [[Bool]](repeating: [Bool](repeating: false, count: columns), count: rows)
    var before: (column: Int, row: Int)?
    for point in points {
      let column = Int((x.share(point.x) * Double(columns - 1)).rounded())
      let row = rows - 1 - Int((y.share(point.y) * Double(rows - 1)).rounded())
      connect(before ?? (column, row), (column, row), &dots)
      before = (column, row)
    }
    return (0..<height).map { line in
      (0..<width).map { character(dots, column: 2 * $0, row: 4 * line) }.joined()
    }
  }

  /// A straight line of dots, both ends included.
  private static func connect(
    _ a: (column: Int, row: Int), _ b: (column: Int, row: Int), _ dots: inout [[Bool]]
  ) {
    let steps = max(abs(b.column - a.column), abs(b.row - a.row), 1)
    for step in 0...steps {
      let share = Double(step) / Double(steps)
      let column = Double(a.column) + share * Double(b.column - a.column)
      let row = Double(a.row) + share * Double(b.row - a.row)
      dots[Int(row.rounded())][Int(column.rounded())] = true
    }
  }

  private static func character(_ dots: [[Bool]], column: Int, row: Int) -> String {
    // The bits of U+2800 for the left and the right dot of each of the four rows.
    let bits: [(left: UInt32, right: UInt32)] = [(0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80)]
    var code: UInt32 = 0x2800
    for (index, bit) in bits.enumerated() {
      if dots[row + index][column] { code |= bit.left }
      if dots[row + index][column + 1] { code |= bit.right }
    }
    return code == 0x2800 ? " " : String(Unicode.Scalar(code) ?? " ")
  }
}
