import SwerveFiles
import SwerveText

/// A table of a report, for the page and as files for other programs: comma-separated values and LaTeX.
///
/// The page shows a number with its interval as one text. The files of comma-separated values have every digit, and the
/// ends of intervals in columns of their own.
struct ReportTable {
  struct Cell {
    /// What the page and LaTeX show.
    let shown: String
    /// What the column of this name and its columns with these suffixes hold.
    let fields: [(suffix: String, value: String)]
    let isNumber: Bool
    /// The best of its column.
    let isBest: Bool
    /// The element of the page that its text leads to.
    let link: String?

    private init(
      _ shown: String, _ fields: [(suffix: String, value: String)], isNumber: Bool, isBest: Bool = false,
      link: String? = nil
    ) {
      self.shown = shown
      self.fields = fields
      self.isNumber = isNumber
      self.isBest = isBest
      self.link = link
    }

    fileprivate var html: String {
      let escaped = Markup.escaped(shown)
      let text = isNumber ? Self.unbroken(escaped) : ReportTable.breakable(escaped)
      let linked =
        link.map { "<a href=\"#\(Markup.escaped($0, isAttribute: true))\">\(text)</a>" } ?? text
      return isBest ? "<b>\(linked)</b>" : linked
    }

    /// A line breaks between a number and its interval, and nowhere else.
    private static func unbroken(_ text: String) -> String {
      text.replacingExactly(", ", with: ",&nbsp;").replacingExactly("± ", with: "±&nbsp;")
    }

    /// The longest part that a line does not break.
    fileprivate var longestPart: Int {
      let marks: [Unicode.Scalar] = isNumber ? ["["] : [" ", "_"]
      return shown.unicodeScalars.split { marks.contains($0) }.map(\.count).max() ?? 0
    }

    static let missing = Cell("-", [], isNumber: true)

    static func text(_ text: String, link: String? = nil) -> Cell {
      Cell(text, [("", text)], isNumber: false, link: link)
    }

    static func count(_ count: Int) -> Cell { Cell("\(count)", [("", "\(count)")], isNumber: true) }

    static func number(_ value: Double, shown: String) -> Cell {
      Cell(shown, [("", ReportTable.exact(value))], isNumber: true)
    }

    static func interval(low: Double, high: Double, shown: String) -> Cell {
      Cell(shown, [("low", ReportTable.exact(low)), ("high", ReportTable.exact(high))], isNumber: true)
    }

    /// - Parameter remark: added to what is shown.
    static func estimate(_ estimate: Estimate, remark: String = "", isBest: Bool = false) -> Cell {
      var fields = [(suffix: "", value: ReportTable.exact(estimate.mean))]
      if estimate.hasInterval {
        fields += [("low", ReportTable.exact(estimate.low)), ("high", ReportTable.exact(estimate.high))]
      }
      return Cell(ReportText.interval(estimate) + remark, fields, isNumber: true, isBest: isBest)
    }
  }

  /// Of its files, without their endings.
  let name: String
  let columns: [String]
  let rows: [[Cell]]
  private let widths: [Double]
  private let parts: [Part]

  /// A table with text only.
  init(name: String, columns: [String], texts: [[String]]) {
    self.init(name: name, columns: columns, rows: texts.map { $0.map { Cell.text($0) } })
  }

  init(name: String, columns: [String], rows: [[Cell]]) {
    self.name = Path.fileName(name.replacingExactly("/", with: "-"))
    self.columns = columns
    self.rows = rows
    widths = Self.widths(columns, rows)
    parts = Self.parts(self.name, columns, rows, widths)
  }

  /// The shortest text from which the number can be read again; as a Float if it is one.
  private static func exact(_ value: Double) -> String {
    Double(Float(value)) == value ? ExactText.text(Float(value)) : "\(value)"
  }

  // MARK: HTML

  /// - Parameter isCopyable: whether the LaTeX text is shown below it, folded.
  func html(isCopyable: Bool = false) -> String {
    parts.map(html).joined() + downloads
      + (isCopyable
        ? "<details><summary>LaTeX of this table</summary><pre class=\"copy\" tabindex=\"0\">"
          + "\(Markup.escaped(latex))</pre></details>\n"
        : "")
  }

  private func html(_ part: Part) -> String {
    let cells = part.columns.map { "<th scope=\"col\">\(Self.breakable(Markup.escaped(columns[$0])))</th>" }.joined()
    let body = rows.map { row in
      "<tr>"
        + part.columns.filter { $0 < row.count }.map { index in
          index == 0 ? "<th scope=\"row\">\(row[index].html)</th>" : "<td>\(row[index].html)</td>"
        }.joined() + "</tr>"
    }
    return
      "<div class=\"table\"><table id=\"\(Markup.escaped(part.id, isAttribute: true))\"><thead><tr>\(cells)</tr></thead>"
      + "<tbody>" + body.joined(separator: "\n") + "</tbody></table></div>\n"
  }

  /// Columns that stand beside each other on a page.
  private struct Part {
    let id: String
    let columns: [Int]
  }

  /// The widest page has this room, in pixels.
  private static let room = 1150.0
  /// Longer words of columns of text may be broken where there is not enough room.
  private static let mostOfName = 300.0

  /// All columns, or where their numbers do not fit beside each other on the widest page, as many tables below each other
  /// as it takes, each with the columns of text that come first.
  private static func parts(_ name: String, _ columns: [String], _ rows: [[Cell]], _ widths: [Double]) -> [Part] {
    let first = columns.indices.first { $0 > 0 && isNumber($0, rows) } ?? columns.count
    let names = (0..<first).reduce(0) { $0 + min(widths[$1], mostOfName) }
    var groups: [[Int]] = []
    var free = 0.0
    for column in first..<columns.count {
      if groups.isEmpty || widths[column] > free {
        groups.append(Array(0..<first))
        free = room - names
      }
      groups[groups.count - 1].append(column)
      free -= widths[column]
    }
    if groups.count < 2 { return [Part(id: "table-\(name)", columns: Array(columns.indices))] }
    return groups.enumerated().map { Part(id: "table-\(name)/\($0 + 1)", columns: $1) }
  }

  /// Whether all cells of a column are numbers.
  private static func isNumber(_ column: Int, _ rows: [[Cell]]) -> Bool {
    rows.allSatisfy { column < $0.count && $0[column].isNumber }
  }

  /// Of each column, in pixels, if no word is broken: a letter has about 8.5, and the space between columns 12.
  private static func widths(_ columns: [String], _ rows: [[Cell]]) -> [Double] {
    columns.enumerated().map { column, name in
      let head = (name.pieces(at: "_").map(\.count).max() ?? 0) + 1
      let longest = rows.reduce(head) { column < $1.count ? max($0, $1[column].longestPart) : $0 }
      return 8.5 * Double(longest) + 12
    }
  }

  /// A line may break after each underscore.
  fileprivate static func breakable(_ html: String) -> String { html.replacingExactly("_", with: "_<wbr>") }

  /// Links that save the table. The files are in the links, so that the page needs nothing else.
  private var downloads: String {
    let files = [("CSV", "csv", "text/csv", csv), ("LaTeX", "tex", "text/plain", latex)]
    return "<p class=\"soft save\">Save as "
      + files.map { word, ending, type, text in
        "<a download=\"\(Markup.escaped("\(name).\(ending)", isAttribute: true))\" "
          + "href=\"data:\(type);charset=utf-8,\(Self.percentEncoded(text))\">\(word)</a>"
      }.joined(separator: " or ") + "</p>\n"
  }

  private static func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".unicodeScalars)
    return text.utf8.reduce(into: "") { result, byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2C, 0x2D, 0x2E, 0x5F:
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        result.unicodeScalars.append("%")
        result.unicodeScalars.append(digits[Int(byte >> 4)])
        result.unicodeScalars.append(digits[Int(byte & 15)])
      }
    }
  }

  /// Rules of a wide page: columns of text stand at the left.
  var wideRules: String {
    rules { column in
      column > 0 && rows.contains { column < $0.count && !$0[column].isNumber } ? "{text-align:left}" : nil
    }
  }

  /// Rules of a page that is as wide as it gets: where the words of a table fit, none is broken, and else no number.
  var widestRules: String {
    let fits = widths.reduce(0, +) <= Self.room
    let isCut = parts.count > 1
    return rules { column in
      fits || Self.isNumber(column, rows) || isCut && widths[column] <= Self.mostOfName ? "{overflow-wrap:normal}" : nil
    }
  }

  /// Rules of a narrow page, where each row is a list: every cell has the name of its column in front.
  var narrowRules: String {
    rules { $0 > 0 ? "::before{content:\"\(Self.cssText(columns[$0]))\"}" : nil }
  }

  /// - Parameter rule: what the cells of a column get, if anything.
  private func rules(_ rule: (Int) -> String?) -> String {
    parts.flatMap { part in
      part.columns.enumerated().compactMap { place, column in
        rule(column).map { "#\(Self.identifier(part.id)) tr>:nth-child(\(place + 1))\($0)" }
      }
    }.joined(separator: "\n")
  }

  /// Characters that have a meaning in CSS or HTML are written as numbers.
  private static func cssText(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      let isSpecial = "\"\\<>&".unicodeScalars.contains(scalar) || scalar.properties.generalCategory == .control
      result += isSpecial ? "\\\(String(scalar.value, radix: 16)) " : String(scalar)
    }
  }

  private static func identifier(_ id: String) -> String {
    id.unicodeScalars.reduce(into: "") { result, scalar in
      let isPlain =
        "-_".unicodeScalars.contains(scalar) || ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar)
        || ("A"..."Z").contains(scalar)
      result += isPlain ? String(scalar) : "\\\(String(scalar.value, radix: 16)) "
    }
  }

  // MARK: Files

  var csv: String {
    // The columns of each column's suffixes, in the order in which they first occur.
    let suffixes = columns.indices.map { column in
      let found = rows.flatMap { column < $0.count ? $0[column].fields.map(\.suffix) : [] }.distinct
      return found.isEmpty ? [""] : found
    }
    let head = zip(columns, suffixes).flatMap { column, suffixes in
      suffixes.map { $0.isEmpty ? column : "\(column)_\($0)" }
    }
    let body = rows.map { row in
      zip(row, suffixes).flatMap { cell, suffixes in
        suffixes.map { suffix in cell.fields.first { $0.suffix === suffix }?.value ?? "" }
      }
    }
    return CSV.text([head] + body)
  }

  /// A tabular of the package booktabs.
  var latex: String {
    let kinds = columns.indices.map { column in
      rows.allSatisfy { column < $0.count && $0[column].isNumber } && column > 0 ? "r" : "l"
    }
    func line(_ cells: [String]) -> String { cells.joined(separator: " & ") + " \\\\" }
    func cell(_ cell: Cell) -> String {
      let text = Self.latexText(cell.shown)
      return cell.isBest ? "\\textbf{\(text)}" : text
    }
    let lines =
      [
        "% \\usepackage{booktabs}", "\\begin{tabular}{\(kinds.joined())}", "\\toprule",
        line(columns.map(Self.latexText)), "\\midrule",
      ]
      + rows.map { line($0.map(cell)) } + ["\\bottomrule", "\\end{tabular}"]
    return lines.map { $0 + "\n" }.joined()
  }

  private static func latexText(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "&", "%", "$", "#", "_", "{", "}": result += "\\\(scalar)"
      case "\\": result += "\\textbackslash{}"
      case "~": result += "\\textasciitilde{}"
      case "^": result += "\\textasciicircum{}"
      case "<", ">", "|", "±", "−": result += Self.mathSigns[scalar] ?? ""
      case "\n", "\t": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
  }

  private static let mathSigns: [Unicode.Scalar: String] = [
    "<": "$<$", ">": "$>$", "|": "$|$", "±": "$\\pm$", "−": "$-$",
  ]
}
