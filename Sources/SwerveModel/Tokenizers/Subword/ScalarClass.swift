/// What the rules that cut a text into words ask of a Unicode scalar.
enum ScalarClass: Sendable {
  case letter, number, space, lineEnd, other

  @inline(__always)
  init(ascii byte: UInt8) {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): self = .letter
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self = .number
    case 0x0a, 0x0d: self = .lineEnd
    case 0x20, 0x09, 0x0b, 0x0c: self = .space
    default: self = .other
    }
  }

  init(_ scalar: Unicode.Scalar) {
    if scalar.isASCII {
      self.init(ascii: UInt8(scalar.value))
      return
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
    case .decimalNumber, .letterNumber, .otherNumber: self = .number
    case .spaceSeparator, .lineSeparator, .paragraphSeparator: self = .space
    case .control: self = scalar.properties.isWhitespace ? .space : .other
    default: self = .other
    }
  }

  var isSpace: Bool { self == .space || self == .lineEnd }
}

/// Scalars of a text in UTF-8 that is known to be valid.
extension UnsafeBufferPointer<UInt8> {
  /// The scalar that begins at a byte, and where the next one does. O(1).
  @inline(__always)
  func scalar(at place: Int) -> (scalar: Unicode.Scalar, end: Int) {
    func part(_ offset: Int) -> UInt32 { UInt32(self[place + offset] & 0x3f) }
    let first = UInt32(self[place])
    let value: UInt32
    let length: Int
    switch first {
    case ..<0x80: (value, length) = (first, 1)
    case ..<0xe0: (value, length) = ((first & 0x1f) << 6 | part(1), 2)
    case ..<0xf0: (value, length) = ((first & 0x0f) << 12 | part(1) << 6 | part(2), 3)
    default: (value, length) = ((first & 0x07) << 18 | part(1) << 12 | part(2) << 6 | part(3), 4)
    }
    return (Unicode.Scalar(value) ?? "\u{fffd}", place + length)
  }

  /// The class of the scalar that begins at a byte, and where the next one does. O(1).
  @inline(__always)
  func scalarClass(at place: Int) -> (ScalarClass, end: Int) {
    if self[place] < 0x80 { return (ScalarClass(ascii: self[place]), place + 1) }
    let (scalar, end) = scalar(at: place)
    return (ScalarClass(scalar), end)
  }
}
