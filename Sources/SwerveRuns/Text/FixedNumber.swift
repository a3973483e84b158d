/// Numbers with a fixed number of decimals, for columns.
package enum FixedNumber {
  /// "-0.250"; numbers that have no decimals to show are as short as they can be, and what is no number is "nan" or "inf".
  package static func text(_ value: Double, decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return ShortNumber.text(value) }
    let one = (0..<decimals).reduce(1) { power, _ in power * 10 }
    let whole = Int((abs(value) * Double(one)).rounded())
    let digits = String(whole % one)
    return (value < 0 && whole > 0 ? "-" : "") + "\(whole / one)."
      + String(repeating: "0", count: decimals - digits.count) + digits
  }
}
