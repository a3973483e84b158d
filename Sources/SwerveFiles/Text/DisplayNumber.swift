import SwerveText

/// Numbers for people to compare at a glance; records and diffs show every digit instead.
package enum DisplayNumber {
  /// Rounded to `digits` significant digits, without a trailing ".0": "0.000123", "3e-05", "41800".
  package static func short(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
    var exponent = 0
    while power(exponent + 1) <= value.magnitude && exponent < 300 { exponent += 1 }
    while power(exponent) > value.magnitude && exponent > -300 { exponent -= 1 }
    let places = digits - 1 - exponent
    // A whole number divided by an exact power of ten is the nearest Double to the decimal.
    let rounded = places >= 0 ? (value * power(places)).rounded() / power(places) : value.rounded()
    let text = "\(rounded)"
    return text.start(before: ".0") ?? text
  }

  /// With a fixed number of decimals, for columns: "-0.250". Numbers that are too large to have decimals are shown as
  /// short as possible; other values are "nan" or "inf".
  package static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return short(value) }
    let one = (0..<decimals).reduce(1) { power, _ in power * 10 }
    let whole = Int((abs(value) * Double(one)).rounded())
    let digits = String(whole % one)
    return (value < 0 && whole > 0 ? "-" : "") + "\(whole / one)."
      + String(repeating: "0", count: decimals - digits.count) + digits
  }

  /// Whole numbers, with a unit above 10 000: "918", "32.1k", "1.2M".
  package static func count(_ value: Double) -> String {
    switch value {
    case 1e9...: short(value / 1e9) + "G"
    case 1e6...: short(value / 1e6) + "M"
    case 1e4...: short(value / 1e3) + "k"
    default: "\(Int(value.rounded()))"
    }
  }

  /// A number of bytes: "75 MiB".
  package static func mebibytes(_ bytes: Int) -> String { "\(Int((Double(bytes) / 1_048_576).rounded())) MiB" }

  /// A duration, given in seconds, in the usual units: "0.4 s", "12 s", "3 min 20 s", "2 h 5 min".
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "-" }
    if seconds < 10 { return short(seconds, digits: seconds < 0.1 ? 1 : 2) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return whole % 60 == 0 ? "\(whole / 60) min" : "\(whole / 60) min \(whole % 60) s" }
    let minutes = (whole + 30) / 60
    return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) min"
  }

  private static func power(_ exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<abs(exponent) { result *= 10 }
    return exponent < 0 ? 1 / result : result
  }
}
