import SwerveText

/// Two texts line by line, by the shortest edit (Myers).
struct LineDiff {
  /// A line of either text, or of both.
  struct Row {
    enum Side: Unicode.Scalar {
      case both = " "
      case old = "-"
      case new = "+"
    }

    let side: Side
    let text: String
    /// Where it stands in the old text, and in the new one; where it would stand, in the one that does not have it.
    let old: Int
    let new: Int

    /// "- " what only the old text has, "+ " what only the new one has, "  " what both have.
    var marked: String { "\(side.rawValue) \(text)" }
  }

  /// Every line of the two texts in one sequence.
  let rows: [Row]

  init(_ old: [String], _ new: [String]) {
    var removed = Set<Int>()
    var inserted = Set<Int>()
    for change in new.difference(from: old, by: { $0 === $1 }) {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var rows: [Row] = []
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      if removed.contains(i) {
        rows.append(Row(side: .old, text: old[i], old: i, new: j))
        i += 1
      } else if inserted.contains(j) {
        rows.append(Row(side: .new, text: new[j], old: i, new: j))
        j += 1
      } else {
        rows.append(Row(side: .both, text: old[i], old: i, new: j))
        (i, j) = (i + 1, j + 1)
      }
    }
    self.rows = rows
  }

  /// Both texts whole. The line end of a last line starts no other.
  init(text old: String, _ new: String) {
    func lines(_ text: String) -> [String] {
      let lines = text.pieces(at: "\n", omittingEmpty: false)
      return lines.last === "" ? Array(lines.dropLast()) : lines
    }
    self.init(lines(old), lines(new))
  }

  var text: String { rows.map { $0.marked + "\n" }.joined() }

  /// What changed with some lines around each place, after "@@ line L against line M".
  func places(context: Int) -> [String] {
    var isShown = [Bool](repeating: false, count: rows.count)
    for place in rows.indices where rows[place].side != .both {
      for near in max(place - context, 0)...min(place + context, rows.count - 1) { isShown[near] = true }
    }
    var lines: [String] = []
    var last = -1
    for place in rows.indices where isShown[place] {
      if place != last + 1 || lines.isEmpty {
        lines.append("@@ line \(rows[place].old + 1) against line \(rows[place].new + 1)")
      }
      lines.append(rows[place].marked)
      last = place
    }
    return lines
  }
}
