extension Sequence where Element: Hashable {
  /// Each element once, at its first position.
  package var distinct: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

extension Sequence where Element == String {
  /// Texts that differ in a byte are different.
  package var distinct: [String] {
    var seen: Set<ExactString> = []
    return filter { seen.insert(ExactString($0)).inserted }
  }
}

extension Array where Element == String {
  /// The indices of the first text that occurs twice, for lists where nobody should have to guess which of the two
  /// counts.
  package var firstRepetition: (first: Int, second: Int)? {
    for (second, text) in enumerated() {
      if let first = self[..<second].firstIndex(ofExactly: text) { return (first, second) }
    }
    return nil
  }
}
