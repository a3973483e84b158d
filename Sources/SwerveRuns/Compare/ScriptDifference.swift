import SwerveText

/// A Lua file or text of a script whose two versions are not the same.
package struct ScriptDifference: Equatable, Sendable {
  package let path: String
  /// Lines with ' ', '-' or '+' in front, after "@@ line L against line M" for each place.
  package let lines: [String]
  /// "script rules/mine.lua changed at line 3: `a` against `b`"
  package let summary: String
  private static let context = 2

  /// Of the scripts of two runs with all that they loaded, in order of path. The two scripts themselves are a pair under
  /// whatever names.
  static func all(
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
    lines = Self.unified(old, new)
  }

  /// The shortest edit (Myers), with two lines around each place.
  private static func unified(_ old: [String], _ new: [String]) -> [String] {
    let changes = new.difference(from: old) { $0 === $1 }
    let removed = Set(changes.removals.map { Self.offset($0) })
    let inserted = Set(changes.insertions.map { Self.offset($0) })
    // Each line of the two texts in one sequence, with where it stands in both.
    var rows: [(mark: Unicode.Scalar, text: String, a: Int, b: Int)] = []
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      if removed.contains(i) {
        rows.append(("-", old[i], i, j))
        i += 1
      } else if inserted.contains(j) {
        rows.append(("+", new[j], i, j))
        j += 1
      } else {
        rows.append((" ", old[i], i, j))
        (i, j) = (i + 1, j + 1)
      }
    }
    var isShown = [Bool](repeating: false, count: rows.count)
    for place in rows.indices where rows[place].mark != " " {
      for near in max(place - context, 0)...min(place + context, rows.count - 1) { isShown[near] = true }
    }
    var lines: [String] = []
    var last = -1
    for place in rows.indices where isShown[place] {
      if place != last + 1 || lines.isEmpty {
        lines.append("@@ line \(rows[place].a + 1) against line \(rows[place].b + 1)")
      }
      lines.append("\(rows[place].mark) \(rows[place].text)")
      last = place
    }
    return lines
  }

  private static func offset(_ change: CollectionDifference<String>.Change) -> Int {
    switch change {
    case .insert(let offset, _, _), .remove(let offset, _, _): offset
    }
  }
}
