import SwerveFiles
import SwerveRL
import SwerveText

/// One side of a difference.
package enum ComparedValue: Equatable, Sendable {
  case number(Float)
  /// The metric had nothing to measure.
  case null
  /// Only the other side has a value.
  case missing
  case digest(String)
  case text(String)

  init(_ value: Float?) { self = value.map(ComparedValue.number) ?? .null }

  /// - Parameter text: nil where only the other side has one.
  package init(text: String?) { self = text.map(ComparedValue.text) ?? .missing }

  /// - Parameter digest: nil where only the other side has one.
  package init(digest: String?) { self = digest.map(ComparedValue.digest) ?? .missing }

  /// A number with its bits, or the first 16 digits of a digest.
  package var text: String {
    switch self {
    case .number(let value): "\(ExactText.text(value)) (\(ExactText.bits(value)))"
    case .null: "null"
    case .missing: "nothing"
    case .digest(let digest): digest.leading(16)
    case .text(let text): text
    }
  }

  /// The texts of two values that differ, such that the difference is visible. Digests are complete if their first 16
  /// digits are the same.
  static func texts(_ a: ComparedValue, _ b: ComparedValue) -> (String, String) {
    if case .digest(let x) = a, case .digest(let y) = b, a.text === b.text { return (x, y) }
    return toldApart(a.text, b.text)
  }

  package var json: JSONValue {
    switch self {
    case .number(let value): .float(value)
    case .null, .missing: .null
    case .digest(let text), .text(let text): .string(text)
    }
  }

  /// The bits for JSON, because the decimal number alone could be read inexactly.
  var bits: JSONValue { if case .number(let value) = self { .string(ExactText.bits(value)) } else { .null } }

  package static func == (a: ComparedValue, b: ComparedValue) -> Bool {
    switch (a, b) {
    case (.number(let a), .number(let b)): ExactText.same(a, b)
    case (.null, .null), (.missing, .missing): true
    case (.digest(let a), .digest(let b)), (.text(let a), .text(let b)): a === b
    default: false
    }
  }

  /// The distance of two numbers; nil for all other values, and for a NaN and a number.
  package static func ulps(_ a: ComparedValue, _ b: ComparedValue) -> Int? {
    if case .number(let a) = a, case .number(let b) = b { ExactText.ulps(a, b) } else { nil }
  }

  /// ", 93 ulps apart", or an empty text if there is no distance.
  static func distanceText(_ ulps: Int?) -> String {
    ulps.map { $0 == 1 ? ", 1 ulp apart" : ", \($0) ulps apart" } ?? ""
  }
}

/// The metrics of two steps in pairs, in the order of `a`, followed by those that only `b` has.
package struct MetricPairs {
  /// Calls `body` for every metric whose values differ in their bits.
  package static func forEachDifference(
    _ a: [Metric], _ b: [Metric], _ body: (_ name: String, _ a: ComparedValue, _ b: ComparedValue) throws -> Void
  ) rethrows {
    if a.count == b.count, zip(a, b).allSatisfy({ $0.name === $1.name }) {
      for (x, y) in zip(a, b) where !ExactText.same(x.value, y.value) {
        try body(x.name, ComparedValue(x.value), ComparedValue(y.value))
      }
      return
    }
    for x in a {
      guard let y = b.first(where: { $0.name === x.name }) else {
        try body(x.name, ComparedValue(x.value), .missing)
        continue
      }
      if !ExactText.same(x.value, y.value) { try body(x.name, ComparedValue(x.value), ComparedValue(y.value)) }
    }
    for y in b where !a.contains(where: { $0.name === y.name }) { try body(y.name, .missing, ComparedValue(y.value)) }
  }
}
