/// Numbers as text that loses nothing, and distances between numbers.
package enum ExactText {
  /// The shortest decimal that reads back to the same bits; "nan", "inf" or "-inf" otherwise. Every NaN is "nan": its
  /// payload is not kept.
  package static func text(_ value: Float) -> String {
    value.isFinite ? value.description : nonFinite(isNaN: value.isNaN, isNegative: value < 0)
  }

  /// The value of `text(_:)`'s result; nil when the text is no number of Float's range.
  package static func value(_ text: String) -> Float? {
    if let special = nonFiniteValue(text) { return special }
    guard let value = Float(text), value.isFinite else { return nil }
    return value
  }

  /// The 32 bits as `0x3c4985f0`.
  package static func bits(_ value: Float) -> String {
    let hex = String(value.bitPattern, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - hex.count) + hex
  }

  /// How many steps from one Float to the next lead from `a` to `b`. -0 and 0 are one step apart, so that 0 means equal
  /// bits; an infinity is the neighbour of the largest finite number; two NaNs are 0 apart; a NaN and a number have no
  /// distance (nil).
  package static func ulps(_ a: Float, _ b: Float) -> Int? {
    if a.isNaN || b.isNaN { return a.isNaN && b.isNaN ? 0 : nil }
    return abs(ordinal(a) - ordinal(b))
  }

  /// True when both are the same Float bit for bit (any NaN equals any NaN), or both are absent.
  package static func same(_ a: Float?, _ b: Float?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
  }

  static func nonFinite(isNaN: Bool, isNegative: Bool) -> String { isNaN ? "nan" : isNegative ? "-inf" : "inf" }

  static func nonFiniteValue(_ text: String) -> Float? {
    switch text {
    case "nan": .nan
    case "inf": .infinity
    case "-inf": -.infinity
    default: nil
    }
  }

  /// The position of a number among all Floats in increasing order; 0 is at 0 and -0 at -1.
  private static func ordinal(_ value: Float) -> Int {
    let magnitude = Int(value.bitPattern & 0x7fff_ffff)
    return value.sign == .minus ? -magnitude - 1 : magnitude
  }
}
