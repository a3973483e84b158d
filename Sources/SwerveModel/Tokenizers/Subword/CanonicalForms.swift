/// Unicode's canonical normal forms, by tables of this project: the standard library has them for its own use only, and Foundation,
/// which no module needs, is large. So the tokens of a text do not change with the version of either.
enum CanonicalForms {
  /// NFD: everything taken apart, combining marks in order. O(length); O(n log n) in the marks of one letter.
  static func decomposed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard scalars.contains(where: { $0.value >= 0xc0 }) else { return scalars }
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    for scalar in scalars { decompose(scalar, into: &result) }
    sortMarks(&result)
    return result
  }

  /// NFC: taken apart, then put together again as far as there are scalars for it. O(length) as `decomposed`.
  static func composed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    let parts = decomposed(scalars)
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(parts.count)
    /// The place of the last scalar that is no mark, and the class of what came last after it.
    var starter: Int?
    var lastClass: UInt8 = 0
    for part in parts {
      let ownClass = combiningClass(part)
      if let place = starter, lastClass < ownClass || result.count == place + 1,
        let whole = composition(result[place], part)
      {
        result[place] = whole
        continue
      }
      if ownClass == 0 { starter = result.count }
      lastClass = ownClass
      result.append(part)
    }
    return result
  }

  private static func combiningClass(_ scalar: Unicode.Scalar) -> UInt8 {
    scalar.value < 0x300 ? 0 : scalar.properties.canonicalCombiningClass.rawValue
  }

  private static func decompose(_ scalar: Unicode.Scalar, into result: inout [Unicode.Scalar]) {
    if let syllable = Hangul.decomposed(scalar) {
      result += syllable
    } else if scalar.value >= 0xc0, let (first, second) = CanonicalDecompositions.table[scalar] {
      decompose(first, into: &result)
      if let second { result.append(second) }
    } else {
      result.append(scalar)
    }
  }

  /// Sorts each run of marks by class; of one class they keep their order.
  private static func sortMarks(_ scalars: inout [Unicode.Scalar]) {
    var start = 0
    while start < scalars.count {
      var end = start
      while end < scalars.count, combiningClass(scalars[end]) != 0 { end += 1 }
      if end - start > 1 {
        let marks = scalars[start..<end].enumerated().map { (mark: $1, place: $0, kind: combiningClass($1)) }
        let sorted = marks.sorted { ($0.kind, $0.place) < ($1.kind, $1.place) }
        scalars.replaceSubrange(start..<end, with: sorted.map(\.mark))
      }
      start = end + 1
    }
  }

  private static func composition(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    if let syllable = Hangul.composed(first, second) { return syllable }
    guard second.value >= 0x300 else { return nil }
    return CanonicalDecompositions.compositions[[first, second]]
  }
}

/// Korean syllables, which are composed by arithmetic.
private enum Hangul {
  private static let syllables: ClosedRange<UInt32> = 0xac00...0xd7a3
  private static let (firstL, firstV, beforeT): (UInt32, UInt32, UInt32) = (0x1100, 0x1161, 0x11a7)
  private static let (countL, countV, countT): (UInt32, UInt32, UInt32) = (19, 21, 28)

  static func decomposed(_ scalar: Unicode.Scalar) -> [Unicode.Scalar]? {
    guard syllables.contains(scalar.value) else { return nil }
    let index = scalar.value - syllables.lowerBound
    let values = [firstL + index / (countV * countT), firstV + index / countT % countV, beforeT + index % countT]
    return values.prefix(index % countT == 0 ? 2 : 3).compactMap(Unicode.Scalar.init)
  }

  static func composed(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    if (firstL..<firstL + countL).contains(first.value), (firstV..<firstV + countV).contains(second.value) {
      return Unicode.Scalar(
        syllables.lowerBound + ((first.value - firstL) * countV + second.value - firstV) * countT)
    }
    if syllables.contains(first.value), (first.value - syllables.lowerBound) % countT == 0,
      (beforeT + 1..<beforeT + countT).contains(second.value)
    {
      return Unicode.Scalar(first.value + second.value - beforeT)
    }
    return nil
  }
}
