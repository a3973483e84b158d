import SwerveFiles
import SwerveText

/// The page of `swerve watch`: one file, with its script and its style in it, that loads nothing but numbers of its own
/// server. It holds nothing of a run; its script puts that in as text.
struct WatchPage: Sendable {
  let response: WatchResponse

  init() {
    let script = Self.text(PackageResources.watch_js)
    let style = Self.style
    let page = Self.text(PackageResources.watch_html).replacingExactly("/*STYLE*/", with: style)
      .replacingExactly("/*SCRIPT*/", with: script)
    // The browser runs the script and takes the style of these digests, and nothing else. It also refuses markup that a
    // script makes of a text.
    let policy = [
      "default-src 'none'", "script-src '\(Self.source(script))'", "style-src '\(Self.source(style))'",
      "connect-src 'self'", "img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
      "require-trusted-types-for 'script'", "trusted-types 'none'",
    ]
    response = WatchResponse(
      type: "text/html; charset=utf-8", policy: policy.joined(separator: "; "), body: Array(page.utf8))
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// The colours of curves are those of reports.
  private static var style: String {
    let numbers = SVGCanvas.palette.indices
    func variables(_ color: (Int) -> String) -> String {
      numbers.map { "--c\($0):\(color($0))" }.joined(separator: ";")
    }
    let classes = numbers.map {
      ".c\($0){stroke:var(--c\($0))}.f\($0){fill:var(--c\($0))}.k\($0){background:var(--c\($0))}"
    }
    return text(PackageResources.watch_css)
      .replacingExactly("/*LIGHT*/", with: variables { SVGCanvas.palette[$0].light })
      .replacingExactly("/*DARK*/", with: variables { SVGCanvas.palette[$0].dark })
      .replacingExactly("/*CLASSES*/", with: classes.joined(separator: "\n"))
  }

  /// The digest of a script or style, as a policy names it.
  private static func source(_ text: String) -> String {
    let digits = Array(Digest.of(text).utf8)
    func value(_ digit: UInt8) -> UInt8 { digit < 0x60 ? digit - 0x30 : digit - 0x61 + 10 }
    let bytes = stride(from: 0, to: digits.count, by: 2).map { value(digits[$0]) << 4 | value(digits[$0 + 1]) }
    return "sha256-" + Base64.text(bytes)
  }
}
