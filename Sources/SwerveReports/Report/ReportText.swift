import SwerveFiles
import SwerveText

/// Numbers and markup of a report.
enum ReportText {
  /// "0.325 ± 0.041" over seeds, "0.325 [0.26, 0.39]" for the rate of one seed. If some seeds lack the number, it also
  /// says how many have it.
  static func interval(_ estimate: Estimate) -> String {
    let seeds = estimate.value.count
    let rate = estimate.rate.map { rate in
      let decimals = max(3, StageEvaluation.decimals(low: rate.low, high: rate.high))
      return "\(number(estimate.mean, decimals: decimals)) \(StageEvaluation.text(rate))"
    }
    return (rate ?? interval(estimate.value))
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
  static func decimals(for value: Double) -> Int {
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

  static func signed(_ value: Double, decimals: Int = 3) -> String {
    (value > 0 ? "+" : "") + number(value, decimals: decimals)
  }

  static let styles = """
    :root{color-scheme:light dark;--text:#222;--soft:#555;--line:#ddd;--page:#fff;--link:#0062a3;--mark:0,114,178}
    @media (prefers-color-scheme:dark){:root{--text:#eee;--soft:#bbb;--line:#444;--page:#181818;--link:#6cb8ea;--mark:77,163,217}}
    body{margin:0 auto;max-width:1200px;padding:1rem;font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--page)}
    h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}a{color:var(--link)}
    .soft{color:var(--soft)}.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,350px),1fr));gap:1.5rem}
    figure{margin:0;min-width:0}figure svg{width:100%;height:auto}
    .charts figure:has(details[open]){grid-column:1/-1}figure:has(details[open]) svg{max-width:385px}
    table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
    th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line);}
    td,th[scope=col]:not(:first-child){text-align:right}pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem}
    p,h1,h2,h3,summary,th{overflow-wrap:anywhere}td{overflow-wrap:break-word}.save{margin:.25rem 0 .75rem;font-size:.85rem}
    .views{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:1rem}figcaption{font-weight:600}
    .sample{white-space:break-spaces;overflow-wrap:anywhere;font:.85rem/1.7 ui-monospace,monospace;border:1px solid var(--line);padding:.5rem}
    .sample span{background:rgba(var(--mark),calc(var(--w)*.55))}
    .key{display:inline-block;width:.8em;height:.8em;margin-right:.4em}.legend span{margin-right:1.5em;display:inline-block}
    \(SVGCanvas.rules("k", "background", dark: false))
    @media (prefers-color-scheme:dark){\(SVGCanvas.rules("k", "background", dark: true))}
    .again{height:.3em;vertical-align:middle}summary{cursor:pointer}
    @media (max-width:1100px){td{overflow-wrap:anywhere}table,tbody,tr,th,td{display:block}thead{display:none}tr{border-bottom:1px solid var(--line);padding:.4rem 0}
    th,td{border:0;padding:.1rem 0}td{display:flex;justify-content:space-between;gap:1rem;text-align:right}
    td::before{color:var(--soft);text-align:left;flex:none;max-width:50%}}
    """
}
