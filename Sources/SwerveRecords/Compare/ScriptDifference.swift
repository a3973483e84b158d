import SwerveFiles
import SwerveText

/// A Lua file or text of a script whose two versions differ.
package struct ScriptDifference: Equatable, Sendable {
  package let path: String
  /// Lines with ' ', '-' or '+' in front, after "@@ line L against line M" for each change.
  package let lines: [String]
  /// "script rules/mine.lua changed at line 3: `a` against `b`"
  package let summary: String

  /// The differences between the scripts of two runs and the files that they loaded, in order of path. The two scripts
  /// themselves are a pair even if their names differ.
  package static func all(
    _ a: [ScriptSource], _ b: [ScriptSource], scripts: (a: String, b: String)
  ) -> [ScriptDifference] {
    let b = b.map { $0.path === scripts.b ? ScriptSource(path: scripts.a, bytes: $0.bytes) : $0 }
    let paths = (a.map(\.path) + b.map(\.path)).distinct.sortedExactly()
    return paths.compactMap { path in
      let (old, new) = (a.first { $0.path === path }, b.first { $0.path === path })
      return old == new ? nil : ScriptDifference(path, text(old), text(new))
    }
  }

  private static func text(_ source: ScriptSource?) -> [String]? {
    source.map { String(decoding: $0.bytes, as: UTF8.self).pieces(at: "\n", omittingEmpty: false) }
  }

  private init(_ path: String, _ old: [String]?, _ new: [String]?) {
    self.path = path
    guard let old, let new else {
      lines = []
      summary = "script \(path) is only on side \(old == nil ? "b" : "a")"
      return
    }
    let first = zip(old, new).prefix { $0 === $1 }.count
    func shown(_ lines: [String]) -> String { first < lines.count ? "`\(lines[first])`" : "the end of the file" }
    summary = "script \(path) changed at line \(first + 1): \(shown(old)) against \(shown(new))"
    lines = LineDiff(old, new).hunks(context: 2)
  }
}
