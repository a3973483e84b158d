import SwerveFiles
import SwerveText

/// A text in which each token is shaded by a weight, as one SVG picture.
struct TokenPicture {
  struct Token {
    /// What the token has of the text.
    let piece: String
    /// 1: the penalty holds the policy as usual, no shade; 0: the policy is free, the full shade.
    let weight: Double
    let isCritical: Bool
    /// Shown when the mouse is over the token.
    let note: String
  }

  let title: String
  /// Stands before the tokens, without a shade.
  let prompt: String
  let tokens: [Token]

  private static let width = 720.0, margin = 16.0, top = 44.0, line = 22.0
  /// The width of a character, in units of the picture.
  private static let advance = 8.4
  private static let columns = Int((width - 2 * margin) / advance)

  func svg() -> String {
    let page = Layout(self, columns: Self.columns)
    let isMarked = tokens.contains { $0.isCritical }
    let legend = Self.top + Double(page.lines.count) * Self.line + 16
    var canvas = SVGCanvas(width: Self.width, height: legend + 26)
    canvas.text(title, "h f4", x: Self.margin, y: 18)
    for box in page.boxes {
      let token = tokens[box.token]
      let y = Self.top + Double(box.line) * Self.line
      let x = Self.margin + Double(box.column) * Self.advance
      let boxWidth = Double(box.columns) * Self.advance
      canvas.shade(token.weight, x: x, y: y - 9, width: boxWidth, height: 18, title: token.note)
      if token.isCritical { canvas.underline(x: x, y: y + 10, width: boxWidth) }
    }
    for (index, line) in page.lines.enumerated() where !line.isEmpty {
      canvas.code(
        line, x: Self.margin, y: Self.top + Double(index) * Self.line,
        width: Double(line.unicodeScalars.count) * Self.advance)
    }
    canvas.text("weight of the KL penalty: 0, free", "a", x: Self.margin, y: legend)
    var x = Self.margin + 190
    for weight in [0, 0.25, 0.5, 0.75, 1] {
      canvas.shade(weight, x: x, y: legend - 8, width: 16, height: 16, title: "weight \(DisplayNumber.short(weight))")
      x += 18
    }
    canvas.text("1, held", "a", x: x + 4, y: legend)
    if isMarked {
      canvas.underline(x: x + 70, y: legend + 6, width: 16)
      canvas.text("critical, as the task says", "a", x: x + 92, y: legend)
    }
    return canvas.svg(label: title)
  }
}

/// Where each token stands: lines of text, and a box for each piece of a token on a line.
private struct Layout {
  struct Box {
    let token: Int
    let line: Int
    let column: Int
    var columns: Int
  }

  private(set) var lines = [""]
  private(set) var boxes: [Box] = []
  private let columns: Int
  private var column = 0

  init(_ picture: TokenPicture, columns: Int) {
    self.columns = columns
    add(picture.prompt, token: nil)
    for (index, token) in picture.tokens.enumerated() { add(token.piece, token: index) }
    // An end of a line begins an empty one.
    while lines.count > 1, lines.last?.isEmpty == true { lines.removeLast() }
  }

  /// A new line of a token is shown, so that its shade has a place. Lines that are too long go on below.
  private mutating func add(_ text: String, token: Int?) {
    for scalar in text.unicodeScalars {
      let isEnd = scalar == "\n"
      if column == columns { startLine() }
      if !isEnd || token != nil {
        lines[lines.count - 1].unicodeScalars.append(isEnd ? "\u{21B5}" : scalar)
        if let token { mark(token) }
        column += 1
      }
      if isEnd { startLine() }
    }
  }

  private mutating func mark(_ token: Int) {
    if let last = boxes.last, last.token == token, last.line == lines.count - 1 {
      boxes[boxes.count - 1].columns += 1
    } else {
      boxes.append(Box(token: token, line: lines.count - 1, column: column, columns: 1))
    }
  }

  private mutating func startLine() {
    lines.append("")
    column = 0
  }
}
