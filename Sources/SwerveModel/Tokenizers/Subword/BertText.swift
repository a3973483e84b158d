/// What BERT's own normalizer makes of a text, and what it calls punctuation.
package struct BertText: Equatable, Sendable {
  /// Drops control characters, and makes every white space a space.
  package var isCleaned = true
  /// Puts spaces around Chinese characters, so that each is a word.
  package var separatesChinese = true
  /// nil: where it makes letters small.
  package var stripsAccents: Bool?
  package var makesLowercase = true

  package init() {}

  /// O(length).
  func normalized(_ text: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    for scalar in text {
      if isCleaned && Self.isDropped(scalar) { continue }
      let scalar = isCleaned && Self.isSpace(scalar) ? " " : scalar
      let isSeparate = separatesChinese && Self.isChinese(scalar)
      if isSeparate { result.append(" ") }
      result.append(scalar)
      if isSeparate { result.append(" ") }
    }
    if stripsAccents ?? makesLowercase {
      result = CanonicalForms.decomposed(result)
      result.removeAll(where: Self.isAccent)
    }
    return makesLowercase ? Self.small(result) : result
  }

  private static func small(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    for scalar in text {
      switch scalar.value {
      case 0x41...0x5a: result.append(Unicode.Scalar(UInt8(scalar.value) | 0x20))
      case ..<0x80: result.append(scalar)
      default: result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return result
  }

  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? ScalarClass(scalar).isSpace : scalar.properties.isWhitespace
  }

  private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\t", "\n", "\r": return false
    case "\0", "\u{fffd}": return true
    default:
      if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7f }
      switch scalar.properties.generalCategory {
      case .control, .privateUse: return true
      case .format: return isOld(scalar)
      default: return false
      }
    }
  }

  /// The blocks of the reference, whose third from the end begins 0x100 late.
  private static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x4e00...0x9fff, 0x3400...0x4dbf, 0x20000...0x2a6df, 0x2a700...0x2b73f, 0x2b740...0x2b81f, 0x2b920...0x2ceaf,
      0xf900...0xfaff, 0x2f800...0x2fa1f:
      true
    default: false
    }
  }

  private static func isAccent(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case ..<0x300: false
    // Their category has changed since Unicode 8.
    case 0x1734, 0x1171e: true
    case 0x1885, 0x1886, 0xa9bd, 0x111c9: false
    default: scalar.properties.generalCategory == .nonspacingMark && isOld(scalar)
    }
  }

  static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e: return true
    case ..<0x80: return false
    // Their category has changed since Unicode 8.
    case 0x166d, 0x111c9: return true
    default:
      switch scalar.properties.generalCategory {
      case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
        .finalPunctuation, .otherPunctuation:
        return isOld(scalar)
      default: return false
      }
    }
  }

  /// Whether Unicode 8 has a scalar: the tables of the reference are of that version.
  private static func isOld(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.age.map { $0 <= (8, 0) } ?? false
  }
}
