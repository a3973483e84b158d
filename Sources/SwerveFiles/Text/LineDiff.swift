import SwerveText

/// The shortest edit between two texts, line by line (Myers).
package struct LineDiff {
  /// A line of either text, or of both.
  struct Row {
    enum Side: Unicode.Scalar {
      case both = " "
      case old = "-"
      case new = "+"
    }

    let side: Side
    let text: String
    /// Its index in the old and in the new text. For a text that does not have the line, the index where it would be.
    let old: Int
    let new: Int

    /// The line after "- " if only the old text has it, "+ " if only the new text has it, "  " if both have it.
    var marked: String { "\(side.rawValue) \(text)" }
  }

  /// Every line of the two texts in one sequence.
  let rows: [Row]

  package init(_ old: [String], _ new: [String]) {
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

  /// Compares two whole texts. A line end at the end of a text does not start another line.
  package init(text old: String, _ new: String) {
    func lines(_ text: String) -> [String] {
      let lines = text.pieces(at: "\n", omittingEmpty: false)
      return lines.last === "" ? Array(lines.dropLast()) : lines
    }
    self.init(lines(old), lines(new))
  }

  package var text: String { rows.map { $0.marked + "\n" }.joined() }

  /// Each change with some lines around it, after "@@ line L against line M".
  package func hunks(context: Int) -> [String] {
    var isShown = [Bool](repeating: false, count: rows.count)
    for index in rows.indices where rows[index].side != .both {
      for near in max(index - context, 0)...min(index + context, rows.count - 1) { isShown[near] = true }
    }
    var lines: [String] = []
    var last = -1
    for index in rows.indices where isShown[index] {
      if index != last + 1 || lines.isEmpty {
        lines.append("@@ line \(rows[index].old + 1) against line \(rows[index].new + 1)")
      }
      lines.append(rows[index].marked)
      last = index
    }
    return lines
  }
}
