/// The known name that somebody probably meant. It is the one with the fewest edits, if these are at most about a third
/// of the letters. Otherwise it is a name that begins with what was written, or one that what was written begins with.
package func suggestion(for name: String, among known: [String]) -> String? {
  guard name.utf8.count <= 64 else { return nil }
  let written = Array(name.utf8)
  var best: (name: String, distance: Int)?
  for candidate in known {
    let distance = editDistance(written, Array(candidate.utf8))
    let room = max(1, (max(written.count, candidate.utf8.count) + 1) / 3)
    if distance <= room, distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  if let best { return best.name }
  guard name.utf8.count >= 2 else { return nil }
  return known.first { $0.beginsExactly(with: name) || (name.beginsExactly(with: $0) && $0.utf8.count >= 2) }
}

/// "; did you mean 'x'?" or nothing.
package func didYouMean(_ name: String, among known: [String]) -> String {
  suggestion(for: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
}

/// Letters to insert, delete, replace or swap with a neighbour (optimal string alignment).
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
  for i in 0...a.count { rows[i][0] = i }
  for j in 0...b.count { rows[0][j] = j }
  for i in 0..<a.count {
    for j in 0..<b.count {
      var distance = min(rows[i][j + 1] + 1, rows[i + 1][j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { distance = min(distance, rows[i - 1][j - 1] + 1) }
      rows[i + 1][j + 1] = distance
    }
  }
  return rows[a.count][b.count]
}
