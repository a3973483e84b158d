import SwerveText

/// Two texts line by line: "- " what only the first has, "+ " what only the second has, "  " what both have.
enum LineDiff {
  static func text(_ old: String, _ new: String) -> String {
    let (a, b) = (lines(old), lines(new))
    let changes = b.difference(from: a) { $0 === $1 }
    var removed = Set<Int>()
    var inserted = Set<Int>()
    for change in changes {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var text = ""
    var (i, j) = (0, 0)
    while i < a.count || j < b.count {
      if i < a.count, removed.contains(i) {
        text += "- \(a[i])\n"
        i += 1
      } else if j < b.count, inserted.contains(j) {
        text += "+ \(b[j])\n"
        j += 1
      } else {
        text += "  \(a[i])\n"
        (i, j) = (i + 1, j + 1)
      }
    }
    return text
  }

  private static func lines(_ text: String) -> [String] {
    var lines = text.pieces(at: "\n", omittingEmpty: false)
    // The line end of the last line starts no other.
    if lines.last === "" { lines.removeLast() }
    return lines
  }
}
