import SwerveFiles
import SwerveText

/// Numbers and markup of a report.
enum ReportText {
  /// "0.325 ± 0.041" over seeds, "0.325 [0.26, 0.39]" for the rate of one seed. If some seeds lack the number, it also
  /// says how many have it.
  static func interval(_ estimate: Estimate) -> String {
    let seeds = estimate.value.count
    return (estimate.rate.map { "\(number(estimate.mean)) \(StageEvaluation.text($0))" } ?? interval(estimate.value))
      + (seeds == estimate.runs ? "" : " (\(seeds) of \(estimate.runs) seeds)")
  }

  /// Three decimals; more if needed for two digits of the half width, or for three digits of a number without an
  /// interval.
  static func interval(_ value: SeedMean) -> String {
    guard let halfWidth = value.halfWidth else { return number(value.mean, decimals: decimals(for: value.mean / 10)) }
    let decimals = decimals(for: halfWidth)
    return number(value.mean, decimals: decimals) + " ± " + number(halfWidth, decimals: decimals)
  }

  /// Three decimals, or up to six to show two digits of a smaller number.
  private static func decimals(for value: Double) -> Int {
    var decimals = 3
    var limit = 0.01
    while decimals < 6, value != 0, abs(value) < limit {
      limit /= 10
      decimals += 1
    }
    return decimals
  }

  /// Fixed decimals below a thousand; above, as short as possible.
  static func number(_ value: Double, decimals: Int = 3) -> String {
    guard value.isFinite, abs(value) < 1000 else { return DisplayNumber.short(value) }
    return DisplayNumber.fixed(value, decimals: decimals).replacingExactly("-", with: "−")
  }

  static func signed(_ value: Double) -> String { (value > 0 ? "+" : "") + number(value) }

  /// A table whose first row is its head and whose first column names the rows.
  static func table(_ rows: [[String]]) -> String {
    guard let head = rows.first else { return "" }
    let cells = head.map { "<th scope=\"col\">\(Markup.escaped($0))</th>" }.joined()
    let body = rows.dropFirst().map { row in
      "<tr>"
        + row.enumerated().map { index, cell in
          index == 0 ? "<th scope=\"row\">\(Markup.escaped(cell))</th>" : "<td>\(Markup.escaped(cell))</td>"
        }.joined() + "</tr>"
    }
    return "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\">"
      + "<table><thead><tr>\(cells)</tr></thead><tbody>" + body.joined(separator: "\n") + "</tbody></table></div>\n"
  }

  static let styles = """
    :root{color-scheme:light dark;--text:#222;--soft:#555;--line:#ddd;--page:#fff;--mark:0,114,178}
    @media (prefers-color-scheme:dark){:root{--text:#eee;--soft:#bbb;--line:#444;--page:#181818;--mark:77,163,217}}
    body{margin:0 auto;max-width:1200px;padding:1rem;font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--page)}
    h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
    .soft{color:var(--soft)}.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:1.5rem}
    figure{margin:0;min-width:0}figure svg{width:100%;min-width:34rem;height:auto}.scroll{overflow-x:auto}
    table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
    th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line);white-space:nowrap}
    td,th[scope=col]:not(:first-child){text-align:right}pre{overflow-x:auto;font-size:.85rem}
    p,h1,h2,h3,summary{overflow-wrap:anywhere}
    .views{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:1rem}figcaption{font-weight:600}
    .sample{white-space:pre-wrap;overflow-wrap:anywhere;font:.85rem/1.7 ui-monospace,monospace;border:1px solid var(--line);padding:.5rem}
    .sample span{background:rgba(var(--mark),calc(var(--w)*.55))}
    .key{display:inline-block;width:.8em;height:.8em;margin-right:.4em}.legend span{margin-right:1.5em;display:inline-block}
    \(SVGCanvas.rules("k", "background", dark: false))
    @media (prefers-color-scheme:dark){\(SVGCanvas.rules("k", "background", dark: true))}
    .again{height:.3em;vertical-align:middle}summary{cursor:pointer}
    """
}
