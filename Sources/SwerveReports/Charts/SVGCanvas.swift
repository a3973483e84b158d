import SwerveFiles
import SwerveText

/// One self-contained SVG picture, with colours for light and for dark pages.
struct SVGCanvas {
  private var parts: [String] = []
  private let width: Double
  private let height: Double

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  enum Anchor: String { case start, middle, end }

  /// - Parameter style: class names from `styles`.
  mutating func text(_ content: String, _ style: String, x: Double, y: Double, _ anchor: Anchor = .start) {
    parts.append(
      "<text class=\"\(style)\" text-anchor=\"\(anchor.rawValue)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" dy=\"4\">"
        + "\(Markup.escaped(content))</text>")
  }

  /// Text of a fixed width for each character, with its spaces. The picture does not depend on the font's own width.
  mutating func code(_ content: String, x: Double, y: Double, width: Double) {
    parts.append(
      "<text class=\"k\" xml:space=\"preserve\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" dy=\"5\" textLength=\""
        + "\(Self.number(width))\" lengthAdjust=\"spacingAndGlyphs\">\(Markup.escaped(content))</text>")
  }

  /// A box behind a token: orange, the lower the weight the fuller; blue below 0; none at 1 and above.
  mutating func shade(_ weight: Double, x: Double, y: Double, width: Double, height: Double, title: String) {
    let opacity = weight.isNaN ? 0 : min(1, max(0, weight < 0 ? 1 : 1 - weight)) * 0.75
    parts.append(
      "<rect class=\"\(weight < 0 ? "f0" : "f1")\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\""
        + "\(Self.number(width))\" height=\"\(Self.number(height))\" fill-opacity=\"\(Self.number(opacity))\">"
        + "<title>\(Markup.escaped(title))</title></rect>")
  }

  mutating func underline(x: Double, y: Double, width: Double) {
    parts.append("<path class=\"u\" d=\"M\(Self.number(x)) \(Self.number(y))h\(Self.number(width))\"/>")
  }

  mutating func gridLine(from x1: Double, to x2: Double, y: Double) {
    parts.append(
      "<line class=\"g\" x1=\"\(Self.number(x1))\" x2=\"\(Self.number(x2))\" y1=\"\(Self.number(y))\" y2=\"\(Self.number(y))\"/>"
    )
  }

  /// - Parameters:
  ///   - title: shown when the mouse is over the curve.
  ///   - isFaint: thin and pale, for what lies behind a smoothed curve.
  mutating func curve(_ points: [(x: Double, y: Double)], color: Int, title: String, isFaint: Bool = false) {
    let path = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }.joined(separator: " ")
    let style = "l c\(Self.style(ofColor: color))\(isFaint ? " faint" : "")"
    parts.append(
      "<polyline class=\"\(style)\" points=\"\(path)\"><title>\(Markup.escaped(title))</title></polyline>")
  }

  /// A piece of a curve, for a legend.
  mutating func key(x: Double, y: Double, color: Int) {
    parts.append(
      "<path class=\"l c\(Self.style(ofColor: color))\" d=\"M\(Self.number(x)) \(Self.number(y))h20\"/>"
    )
  }

  /// The interval around a curve.
  mutating func band(_ upper: [(x: Double, y: Double)], _ lower: [(x: Double, y: Double)], color: Int) {
    let path = (upper + lower.reversed()).map { "\(Self.number($0.x)),\(Self.number($0.y))" }.joined(separator: " ")
    parts.append("<polygon class=\"b f\(color % Self.colors)\" points=\"\(path)\"/>")
  }

  /// A point that shows its value when the mouse is over it.
  mutating func dot(x: Double, y: Double, color: Int, title: String) {
    parts.append(
      "<circle class=\"f\(color % Self.colors)\" cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"3.5\">"
        + "<title>\(Markup.escaped(title))</title></circle>")
  }

  /// - Parameter label: the text for screen readers.
  func svg(label: String) -> String {
    let label = Markup.escaped(label, isAttribute: true)
    return svg.rest(after: "<svg ").map { "<svg role=\"img\" aria-label=\"\(label)\" " + $0 } ?? svg
  }

  var svg: String {
    let head =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\" "
      + "font-family=\"sans-serif\" font-size=\"12\">"
    return ([head, Self.styles] + parts).joined(separator: "\n") + "\n</svg>\n"
  }

  /// At most two decimals, and none for a whole number.
  private static func number(_ value: Double) -> String {
    let hundredths = (value * 100).rounded() / 100
    return hundredths == hundredths.rounded() && abs(hundredths) < 1e15 ? "\(Int(hundredths))" : "\(hundredths)"
  }

  /// The number of different colours. Further curves repeat the colours, dashed.
  static var colors: Int { palette.count }

  /// The number of a curve's colour, which ends a class name, and the class for dashed lines.
  static func style(ofColor color: Int) -> String { "\(color % colors)\(color < colors ? "" : " again")" }

  /// The colours of curves on white and on black: Okabe and Ito's palette, which colour-blind people tell apart,
  /// without its sky blue and its yellows, which are too pale for lines on white.
  static let palette: [(light: String, dark: String)] = [
    ("#0072b2", "#4da3d9"), ("#d55e00", "#e8772e"), ("#009e73", "#00b584"), ("#cc79a7", "#d98cb6"), ("#222", "#eee"),
    ("#b87f00", "#e69f00"), ("#888", "#888"),
  ]

  /// A CSS rule for each colour, such as ".c0{stroke:#0072b2}".
  static func rules(_ name: String, _ property: String, dark: Bool) -> String {
    palette.enumerated().map { ".\(name)\($0){\(property):\(dark ? $1.dark : $1.light)}" }.joined()
  }

  /// Titles (t, h), labels (a), texts of tokens (k), their underlines (u), grid lines (g), lines (l); colours `cN` for lines,
  /// `fN` for filled areas.
  private static let styles = """
    <style>
    .t{font-size:15px;font-weight:bold;fill:#222}.h{font-size:13px;font-weight:bold}.a{fill:#555}.g{stroke:#ddd}
    .l{fill:none;stroke-width:2;stroke-linejoin:round}.b{opacity:.15}.again{stroke-dasharray:6 4}
    .faint{stroke-width:1;opacity:.35}.k{font:14px monospace;fill:#222}.u{stroke:#222;stroke-width:1.5}
    \(rules("c", "stroke", dark: false))
    \(rules("f", "fill", dark: false))
    @media (prefers-color-scheme:dark){.t{fill:#eee}.a{fill:#bbb}.g{stroke:#444}.k{fill:#eee}.u{stroke:#eee}
    \(rules("c", "stroke", dark: true))
    \(rules("f", "fill", dark: true))}
    </style>
    """
}
