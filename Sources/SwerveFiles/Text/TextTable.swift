import SwerveText

/// Columns of text, aligned by characters, two spaces apart.
package enum TextTable {
  /// Every row must have as many cells as the first. Lines have no spaces at their end.
  package static func text(_ rows: [[String]]) -> String {
    let rows = rows.map { row in row.map(\.visible) }
    guard let first = rows.first else { return "" }
    let widths = first.indices.map { column in rows.map { width($0[column]) }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (cell, width) in zip(row, widths) {
        line += cell + String(repeating: " ", count: width - self.width(cell) + 2)
      }
      while line.unicodeScalars.last == " " { line.unicodeScalars.removeLast() }
      return line + "\n"
    }.joined()
  }

  /// The width in characters. Character bounds must be found only if the text is not pure ASCII.
  private static func width(_ cell: String) -> Int {
    cell.utf8.allSatisfy { $0 < 0x80 && $0 != 0x0d } ? cell.utf8.count : cell.count
  }
}
