import SwerveRL
import SwerveText

/// One side of a difference.
package enum ComparedValue: Equatable, Sendable {
  case number(Float)
  /// The metric had nothing to measure.
  case null
  /// The other side has it, this one does not.
  case missing
  case digest(String)
  case text(String)

  init(_ value: Float?) { self = value.map(ComparedValue.number) ?? .null }

  /// A number with its bits; the first 16 digits of a digest.
  package var text: String {
    switch self {
    case .number(let value): "\(ExactText.text(value)) (\(ExactText.bits(value)))"
    case .null: "null"
    case .missing: "nothing"
    case .digest(let digest): digest.leading(16)
    case .text(let text): text
    }
  }

  /// Two values that differ, so that a reader sees that they do: digests whole where their first 16 digits are the same.
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

  /// Bits for JSON, where the decimal alone could be misread.
  var bits: JSONValue { if case .number(let value) = self { .string(ExactText.bits(value)) } else { .null } }

  package static func == (a: ComparedValue, b: ComparedValue) -> Bool {
    switch (a, b) {
    case (.number(let a), .number(let b)): ExactText.same(a, b)
    case (.null, .null), (.missing, .missing): true
    case (.digest(let a), .digest(let b)), (.text(let a), .text(let b)): a === b
    default: false
    }
  }

  /// Distance of two numbers; nil for anything else and for a NaN against a number.
  static func ulps(_ a: ComparedValue, _ b: ComparedValue) -> Int? {
    if case .number(let a) = a, case .number(let b) = b { ExactText.ulps(a, b) } else { nil }
  }

  /// ", 93 ulps apart", or nothing when there is no distance.
  static func distanceText(_ ulps: Int?) -> String {
    ulps.map { $0 == 1 ? ", 1 ulp apart" : ", \($0) ulps apart" } ?? ""
  }
}

/// The metrics of two steps side by side, in the order of `a`, then what only `b` has.
struct MetricPairs {
  /// Calls `body` for every metric whose values are not the same bits.
  static func forEachDifference(
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
