import SwerveText

/// Comma-separated values (RFC 4180).
package enum CSV {
  /// Each row ends with CR LF. A cell with a comma, a quote or a line end stands between quotes.
  package static func text(_ rows: [[String]]) -> String {
    rows.map { $0.map(cell).joined(separator: ",") + "\r\n" }.joined()
  }

  /// One cell of a row, quoted if it has to be.
  package static func cell(_ cell: String) -> String {
    guard cell.utf8.contains(where: { [0x2c, 0x22, 0x0d, 0x0a].contains($0) }) else { return cell }
    return "\"" + cell.replacingExactly("\"", with: "\"\"") + "\""
  }
}
