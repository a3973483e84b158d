extension Sequence where Element: Hashable {
  /// Each element once, where it stands first.
  package var distinct: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

extension Sequence where Element == String {
  /// Texts that differ in a byte are two.
  package var distinct: [String] {
    var seen: Set<ExactString> = []
    return filter { seen.insert(ExactString($0)).inserted }
  }
}

extension Array where Element == String {
  /// The places of the first text that is there twice, where nobody should have to guess which of the two counts.
  package var firstRepetition: (first: Int, second: Int)? {
    for (second, text) in enumerated() {
      if let first = self[..<second].firstIndex(ofExactly: text) { return (first, second) }
    }
    return nil
  }
}
