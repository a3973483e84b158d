/// The numbers that an option may hold.
struct NumberRange: Equatable, Sendable {
  var low: Double = -.infinity
  var high: Double = .infinity
  var isLowOpen = false
  var isHighOpen = false

  /// Every finite number.
  static let any = NumberRange()
  static let positive = NumberRange(low: 0, isLowOpen: true)
  static let nonnegative = NumberRange(low: 0)

  static func closed(_ low: Double, _ high: Double) -> NumberRange { NumberRange(low: low, high: high) }
  /// [low, high)
  static func below(_ high: Double, from low: Double) -> NumberRange {
    NumberRange(low: low, high: high, isHighOpen: true)
  }
  /// (low, high]
  static func above(_ low: Double, to high: Double) -> NumberRange {
    NumberRange(low: low, high: high, isLowOpen: true)
  }

  /// No range contains infinities or NaN.
  func contains(_ value: Double) -> Bool {
    value.isFinite && (isLowOpen ? value > low : value >= low) && (isHighOpen ? value < high : value <= high)
  }

  /// The words after "must be", such as "in (0, 1]", "above 0" or "a finite number".
  var description: String {
    switch (low.isFinite, high.isFinite) {
    case (true, true):
      "in \(isLowOpen ? "(" : "[")\(numberText(low)), \(numberText(high))\(isHighOpen ? ")" : "]")"
    case (true, false): isLowOpen ? "above \(numberText(low))" : "at least \(numberText(low))"
    case (false, true): isHighOpen ? "below \(numberText(high))" : "at most \(numberText(high))"
    case (false, false): "a finite number"
    }
  }
  /// The same for a value that single precision cannot represent: infinite, not a number, or too large.
  func description(for value: Double) -> String {
    Float(value).isFinite || self == .any ? description : "a finite number \(description)"
  }
  /// The same for a value that may not even be a number: "a number in (0, 1]".
  var numberDescription: String { self == .any ? description : "a number \(description)" }
}
