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
