import SwerveText

/// A Markdown page that is written part by part.
struct MarkdownPage {
  var text = ""

  mutating func heading(_ level: Int, _ title: String) {
    text += String(repeating: "#", count: level) + " " + title + "\n\n"
  }

  mutating func contents(_ titles: [String]) {
    for title in titles {
      let anchor = title.lowercased().unicodeScalars.filter { isWordScalar($0) || $0 == "-" || $0 == " " }
      text += "- [\(title)](#\(String(String.UnicodeScalarView(anchor)).replacingExactly(" ", with: "-")))\n"
    }
    text += "\n"
  }

  /// Adds nothing if the table has no rows.
  mutating func table(_ head: [String], _ rows: [[String]]) {
    if rows.isEmpty { return }
    for row in [head, head.map { _ in "---" }] + rows {
      text += "| " + row.map { $0.replacingExactly("|", with: "\\|") }.joined(separator: " | ") + " |\n"
    }
    text += "\n"
  }

  mutating func code(_ lua: String) { text += "```lua\n\(lua)\n```\n\n" }
}
