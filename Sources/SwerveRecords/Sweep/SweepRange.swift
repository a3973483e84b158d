import SwerveFiles
import SwerveText

/// A range from which a sweep draws the values of one option: `--range KEY=KIND:...`.
package struct SweepRange: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    /// Every number between the bounds as likely as any other.
    case linear(Double, Double)
    /// Every order of magnitude as likely as any other; both bounds above 0.
    case log(Double, Double)
    /// Every whole number as likely as any other, bounds included.
    case int(Int, Int)
    /// Every text as likely as any other.
    case choice([String])
  }

  package let key: String
  package let kind: Kind
  /// As it was given, without the key: "log:1e-5:1e-3".
  package let text: String

  private static let kinds = ["linear", "log", "int", "choice"]
  private static let form =
    "KEY=linear:LOW:HIGH, KEY=log:LOW:HIGH, KEY=int:LOW:HIGH or KEY=choice:A,B,..."

  /// Parses "lr=log:1e-5:1e-3".
  /// - Throws: OptionError.
  package init(_ whole: String) throws {
    let parts = whole.pieces(at: "=", most: 2, omittingEmpty: false)
    guard parts.count == 2, !parts[0].isEmpty else { throw OptionError("--range needs \(Self.form), got \"\(whole)\"") }
    (key, text) = (parts[0], parts[1])
    let words = text.pieces(at: ":", most: 2, omittingEmpty: false)
    guard Self.kinds.containsExactly(words[0]), words.count == 2 else {
      let suggestion = words.count == 2 ? didYouMean(words[0], among: Self.kinds) : ""
      throw OptionError("--range needs \(Self.form), got \"\(whole)\"\(suggestion)")
    }
    if words[0] == "choice" {
      kind = .choice(try SweepPlan.Axis("\(key)=\(words[1])", option: "--range").values)
      return
    }
    let bounds = words[1].pieces(at: ":", omittingEmpty: false)
    let (name, found) = ("--range \(parts[0])=\(words[0])", words[1])
    func fail(_ expected: String) -> OptionError {
      OptionError("\(name): the bounds must be \(expected), got \"\(found)\"")
    }
    if words[0] == "int" {
      guard bounds.count == 2, let low = Int(bounds[0]), let high = Int(bounds[1]), low < high,
        Self.largest.contains(low), Self.largest.contains(high)
      else { throw fail("two whole numbers LOW:HIGH, LOW below HIGH, of at most 2^53") }
      kind = .int(low, high)
      return
    }
    guard bounds.count == 2, let low = Double(bounds[0]), let high = Double(bounds[1]), low.isFinite, high.isFinite,
      low < high
    else { throw fail("two numbers LOW:HIGH, LOW below HIGH") }
    guard words[0] == "log" else {
      kind = .linear(low, high)
      return
    }
    // Logarithms are those of Float, whose numbers have this range.
    guard low >= 1e-37, high <= 1e38 else { throw fail("above 0, in [1e-37, 1e38]") }
    kind = .log(low, high)
  }

  private static let largest = -(1 << 53)...(1 << 53)

  var json: JSONValue { ["key": .string(key), "range": .string(text)] }
}
