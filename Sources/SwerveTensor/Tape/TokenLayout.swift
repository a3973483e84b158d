/// How the generated tokens of a batch of texts are packed: text after text, without padding.
/// Token `position` of text (row) `r` is element `offsets[r] + position`.
package struct TokenLayout: Equatable, Sendable {
  /// Where each row starts, and the total at the end: `rows + 1` numbers.
  package let offsets: [Int]

  /// - Precondition: no length is negative. A row may be empty.
  package init(rowLengths: [Int]) {
    var offsets = [0]
    offsets.reserveCapacity(rowLengths.count + 1)
    for length in rowLengths {
      precondition(length >= 0, "a row of a token layout has a length of 0 or more")
      offsets.append(offsets[offsets.count - 1] + length)
    }
    self.offsets = offsets
  }

  /// The number of texts.
  package var rows: Int { offsets.count - 1 }

  /// The number of tokens in all rows.
  package var count: Int { offsets[offsets.count - 1] }

  /// - Precondition: the row exists.
  package func length(ofRow row: Int) -> Int { offsets[row + 1] - offsets[row] }

  /// The elements of a row.
  /// - Precondition: the row exists.
  package func range(ofRow row: Int) -> Range<Int> { offsets[row]..<offsets[row + 1] }

  /// The row and the position within it of an element; O(log rows).
  /// - Precondition: `index` is in `0..<count`.
  package func row(of index: Int) -> (row: Int, position: Int) {
    precondition(index >= 0 && index < count, "a token index is in 0..<\(count)")
    var low = 0
    var high = rows
    // Invariant: offsets[low] <= index < offsets[high].
    while high - low > 1 {
      let middle = (low + high) / 2
      if offsets[middle] <= index { low = middle } else { high = middle }
    }
    return (low, index - offsets[low])
  }

  /// Why two layouts can't be combined, or nil if they are the same.
  func difference(from other: TokenLayout) -> String? {
    if self == other { return nil }
    if rows != other.rows { return "one has \(rows) rows and the other \(other.rows)" }
    for row in 0..<rows where length(ofRow: row) != other.length(ofRow: row) {
      return "row \(row) has \(length(ofRow: row)) tokens in one and \(other.length(ofRow: row)) in the other"
    }
    return nil
  }
}
