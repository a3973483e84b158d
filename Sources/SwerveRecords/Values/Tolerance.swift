import SwerveFiles
import SwerveText

/// How far apart two numbers may be. It is enough that one of the given bounds holds. Without any bound, the bits must
/// be equal.
package struct Tolerance: Equatable, Sendable {
  /// |a - b| <= abs
  package let abs: Double?
  /// |a - b| <= rel * max(|a|, |b|)
  package let rel: Double?
  package let ulp: Int?

  package static let exact = Tolerance(abs: nil, rel: nil, ulp: nil)

  package init(abs: Double?, rel: Double?, ulp: Int?) {
    self.abs = abs
    self.rel = rel
    self.ulp = ulp
  }

  package var isExact: Bool { self == .exact }

  /// The first bound that accepts two different numbers, as text; nil if none does. No bound accepts NaN, and only
  /// `ulp` can accept an infinity.
  func decision(_ a: Float, _ b: Float) -> String? {
    let distance = Swift.abs(Double(a) - Double(b))
    if let abs, distance.isFinite, distance <= abs { return "abs \(abs)" }
    if let rel, distance.isFinite, distance <= rel * Double(max(Swift.abs(a), Swift.abs(b))) { return "rel \(rel)" }
    if let ulp, let ulps = ExactText.ulps(a, b), ulps <= ulp { return "ulp \(ulp)" }
    return nil
  }

  package var json: JSONValue {
    var members: [JSONMember] = []
    if let abs { members.append(JSONMember("abs", .double(abs))) }
    if let rel { members.append(JSONMember("rel", .double(rel))) }
    if let ulp { members.append(JSONMember("ulp", .integer(ulp))) }
    return .object(members)
  }
}

/// Tolerances by name of the metric. The first pattern that matches a name counts; names without a match are compared
/// exactly.
package struct ToleranceTable: Equatable, Sendable {
  package struct Entry: Equatable, Sendable {
    package let glob: Glob
    package let tolerance: Tolerance

    package init(glob: Glob, tolerance: Tolerance) {
      self.glob = glob
      self.tolerance = tolerance
    }
  }

  package let entries: [Entry]

  package static let exact = ToleranceTable([])

  package init(_ entries: [Entry]) { self.entries = entries }

  /// One tolerance for every metric; without any bound, metrics are compared exactly.
  package static func uniform(abs: Double? = nil, rel: Double? = nil, ulp: Int? = nil) -> ToleranceTable {
    let tolerance = Tolerance(abs: abs, rel: rel, ulp: ulp)
    return ToleranceTable(tolerance.isExact ? [] : [Entry(glob: Glob("*"), tolerance: tolerance)])
  }

  package func tolerance(of name: String) -> Tolerance {
    entries.first { $0.glob.matches(name) }?.tolerance ?? .exact
  }

  /// The table as a golden's header has it: `{"kl_*": {"rel": 1e-06}}`.
  package var json: JSONValue { .object(entries.map { JSONMember($0.glob.pattern, $0.tolerance.json) }) }

  /// Reads the header's field.
  init(_ members: [JSONMember], in line: JSONLine) throws {
    entries = try members.map { member in
      let field = "tolerance.\(member.key)"
      guard let bounds = member.value.members else {
        throw line.bad(field, found: JSONLine.shown(member.value), expected: "an object with abs, rel or ulp")
      }
      return Entry(glob: Glob(member.key), tolerance: try Self.tolerance(bounds, field: field, in: line))
    }
  }

  private static func tolerance(_ bounds: [JSONMember], field: String, in line: JSONLine) throws -> Tolerance {
    var abs: Double?
    var rel: Double?
    var ulp: Int?
    for bound in bounds {
      let value = bound.value
      switch (bound.key, value.double, value.integer) {
      case ("abs", let number?, _) where number >= 0: abs = number
      case ("rel", let number?, _) where number >= 0: rel = number
      case ("ulp", _, let number?) where number >= 0: ulp = number
      default:
        throw line.bad(
          "\(field).\(bound.key)", found: JSONLine.shown(value),
          expected: "abs or rel with a number from 0, or ulp with an integer from 0")
      }
    }
    return Tolerance(abs: abs, rel: rel, ulp: ulp)
  }
}
