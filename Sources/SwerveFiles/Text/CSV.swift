import SwerveText

/// Comma-separated values (RFC 4180).
package enum CSV {
  /// Each row ends with CR LF. A cell with a comma, a quote or a line end stands between quotes.
  package static func text(_ rows: [[String]]) -> String {
    rows.map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func quoted(_ cell: String) -> String {
    guard cell.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return cell }
    return "\"" + cell.replacingExactly("\"", with: "\"\"") + "\""
  }
}
