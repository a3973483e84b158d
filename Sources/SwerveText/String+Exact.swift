/// What String does by characters and canonical equivalence, by bytes: for every text that may come from a user.
extension StringProtocol {
  /// The same bytes. `==` also holds for canonically equivalent texts.
  package func isExactly(_ other: some StringProtocol) -> Bool {
    utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
  }

  /// The order of the bytes, which is that of the scalars. `<` has none between canonically equivalent texts.
  package func isExactlyBefore(_ other: some StringProtocol) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }

  /// `hasPrefix` fails where a combining mark follows the prefix, and holds for a canonically equivalent one.
  package func beginsExactly(with prefix: some StringProtocol) -> Bool { utf8.starts(with: prefix.utf8) }

  package func endsExactly(with suffix: some StringProtocol) -> Bool {
    utf8.count >= suffix.utf8.count && utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  /// What follows a prefix; nil where the text does not begin with it. `dropFirst` counts characters.
  package func rest(after prefix: some StringProtocol) -> String? {
    beginsExactly(with: prefix) ? String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : nil
  }

  /// What precedes a suffix; nil where the text does not end with it.
  package func start(before suffix: some StringProtocol) -> String? {
    endsExactly(with: suffix) ? String(decoding: utf8.dropLast(suffix.utf8.count), as: UTF8.self) : nil
  }

  /// The parts between scalars; `split` finds no separator that a combining mark follows.
  package func pieces(at separator: Unicode.Scalar, most: Int = .max, omittingEmpty: Bool = true) -> [String] {
    Substring(self).unicodeScalars
      .split(separator: separator, maxSplits: most - 1, omittingEmptySubsequences: omittingEmpty).map { String($0) }
  }
}

extension Sequence where Element: StringProtocol {
  package func containsExactly(_ text: some StringProtocol) -> Bool { contains { $0.isExactly(text) } }

  package func areExactly(_ others: some Sequence<some StringProtocol>) -> Bool {
    elementsEqual(others) { $0.isExactly($1) }
  }

  package func sortedExactly() -> [Element] { sorted { $0.isExactlyBefore($1) } }
}

extension Collection where Element: StringProtocol {
  package func firstIndex(ofExactly text: some StringProtocol) -> Index? { firstIndex { $0.isExactly(text) } }
}
