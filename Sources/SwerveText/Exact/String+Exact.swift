/// String operations by bytes, not by characters and canonical equivalence, for every text that may come from a user.
/// They are inlinable because names are compared in every step, and a generic function of another module is slow.
extension Sequence<UInt8> {
  /// Whether there is nothing but the white space of JSON: spaces, tabs and line ends.
  package var isBlankASCII: Bool { allSatisfy { [0x20, 0x09, 0x0a, 0x0d].contains($0) } }
}

extension StringProtocol {
  /// Whether both have the same bytes. `==` also holds for canonically equivalent texts.
  @inlinable package func isExactly(_ other: some StringProtocol) -> Bool {
    utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
  }

  /// The order of the bytes, which is also the order of the scalars. `<` does not order canonically equivalent texts.
  @inlinable package func isExactlyBefore(_ other: some StringProtocol) -> Bool {
    utf8.lexicographicallyPrecedes(other.utf8)
  }

  /// Whether the text begins with these bytes. `hasPrefix` fails where a combining mark follows the prefix, and holds
  /// for a canonically equivalent prefix.
  @inlinable package func beginsExactly(with prefix: some StringProtocol) -> Bool { utf8.starts(with: prefix.utf8) }

  @inlinable package func endsExactly(with suffix: some StringProtocol) -> Bool {
    utf8.count >= suffix.utf8.count && utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  /// What follows a prefix; nil where the text does not begin with it. `dropFirst` counts characters.
  @inlinable package func rest(after prefix: some StringProtocol) -> String? {
    beginsExactly(with: prefix) ? String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : nil
  }

  /// What precedes a suffix; nil where the text does not end with it.
  @inlinable package func start(before suffix: some StringProtocol) -> String? {
    endsExactly(with: suffix) ? String(decoding: utf8.dropLast(suffix.utf8.count), as: UTF8.self) : nil
  }

  /// The first `count` scalars, or all if there are fewer.
  @inlinable package func leading(_ count: Int) -> String { String(Substring(self).unicodeScalars.prefix(count)) }

  /// A text of a file as a message shows it, because a damaged file has texts of any length: whole up to `limit` bytes,
  /// else its first `count` scalars.
  package func excerpt(_ count: Int = 60, ifOver limit: Int = 200) -> String {
    utf8.count > limit ? leading(count) + "..." : String(self)
  }

  /// Whether there is nothing but white space.
  @inlinable package var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }

  /// Whether this text contains another one. Every text contains the empty text.
  @inlinable package func containsExactly(_ part: some StringProtocol) -> Bool {
    let (bytes, part) = (Array(utf8), Array(part.utf8))
    return bytes.count >= part.count && (0...bytes.count - part.count).contains { bytes[$0...].starts(with: part) }
  }

  /// Replaces each occurrence, from left to right, by another text. `replacing` would not replace a `"` that a
  /// combining mark follows.
  @inlinable package func replacingExactly(_ part: String, with other: String) -> String {
    let (bytes, part) = (Array(utf8), Array(part.utf8))
    var result: [UInt8] = []
    var offset = 0
    while offset < bytes.count {
      if !part.isEmpty, bytes[offset...].starts(with: part) {
        result += other.utf8
        offset += part.count
      } else {
        result.append(bytes[offset])
        offset += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The parts between separators. `split` would not find a separator that a combining mark follows.
  @inlinable package func pieces(
    at separator: Unicode.Scalar, most: Int = .max, omittingEmpty: Bool = true
  ) -> [String] {
    Substring(self).unicodeScalars
      .split(separator: separator, maxSplits: most - 1, omittingEmptySubsequences: omittingEmpty).map { String($0) }
  }
}

extension Sequence where Element: StringProtocol {
  @inlinable package func containsExactly(_ text: some StringProtocol) -> Bool { contains { $0.isExactly(text) } }

  @inlinable package func areExactly(_ others: some Sequence<some StringProtocol>) -> Bool {
    elementsEqual(others) { $0.isExactly($1) }
  }

  @inlinable package func sortedExactly() -> [Element] { sorted { $0.isExactlyBefore($1) } }
}

extension Collection where Element: StringProtocol {
  @inlinable package func firstIndex(ofExactly text: some StringProtocol) -> Index? {
    firstIndex { $0.isExactly(text) }
  }
}

// MARK: Operators

/// Whether both have the same bytes: `isExactly` as an operator, also for texts that may be missing.
@inlinable package func === (left: String?, right: String?) -> Bool {
  guard let left, let right else { return left == nil && right == nil }
  return left.isExactly(right)
}

@inlinable package func !== (left: String?, right: String?) -> Bool { !(left === right) }
