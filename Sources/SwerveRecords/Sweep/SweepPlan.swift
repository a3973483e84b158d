import SwerveFiles
import SwerveText

/// One run of a sweep.
package struct SweepMember: Equatable, Sendable {
  /// From 1, in the order of the sweep.
  package let number: Int
  package let options: [Option]
  package let seed: UInt64

  package struct Option: Equatable, Sendable {
    package let key: String
    package let value: String
  }

  /// "alpha=10,kl=2.5,seed=3"; it is the same in every sweep that has this member.
  package var name: String { (options.map { "\($0.key)=\($0.value)" } + ["seed=\(seed)"]).joined(separator: ",") }

  /// The name as a file name; `=` and `,` are harmless in one.
  package var fileName: String {
    name.pieces(at: ",", omittingEmpty: false).map { part in
      part.pieces(at: "=", omittingEmpty: false).map { Path.fileName($0) }
        .joined(separator: "=")
    }.joined(separator: ",")
  }
}

/// A grid of options and a range of seeds. The members' order is defined: the first option varies slowest, seeds fastest.
package struct SweepPlan: Equatable, Sendable {
  /// One option with the values that it takes.
  package struct Axis: Equatable, Sendable {
    package let key: String
    package let values: [String]

    package init(key: String, values: [String]) {
      self.key = key
      self.values = values
    }

    /// Parses "alpha=0,10,20".
    /// - Throws: OptionError for an empty or repeated value.
    package init(_ text: String) throws {
      let parts = text.pieces(at: "=", most: 2, omittingEmpty: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw OptionError("--grid needs KEY=V1,V2,..., got \"\(text)\"")
      }
      key = parts[0]
      values = parts[1].pieces(at: ",", omittingEmpty: false)
      for (index, value) in values.enumerated() {
        if value.isEmpty { throw OptionError("--grid \(text): value \(index + 1) is empty") }
        // Different texts of equal values are found later, when the script gives the type of the option.
        if values[..<index].containsExactly(value) { throw OptionError("--grid \(text): \(value) is there twice") }
      }
    }
  }

  package let axes: [Axis]
  package let seeds: ClosedRange<UInt64>
  private static let most = 1_000_000

  /// - Throws: OptionError for a repeated option, and for more than a million members.
  package init(axes: [Axis], seeds: ClosedRange<UInt64>) throws {
    for (index, axis) in axes.enumerated() where axes[..<index].contains(where: { $0.key === axis.key }) {
      throw OptionError("--grid \(axis.key)= is there twice: give all values at once")
    }
    self.axes = axes
    self.seeds = seeds
    var count = Double(seeds.upperBound - seeds.lowerBound) + 1
    for axis in axes { count *= Double(axis.values.count) }
    if count > Double(Self.most) { throw OptionError("the sweep has more than \(Self.most) members") }
  }

  /// Parses "3" or "1..10".
  package static func seeds(_ text: String) throws -> ClosedRange<UInt64> {
    let parts = text.pieces(at: ".", omittingEmpty: false)
    if parts.count == 1, let seed = UInt64(text) { return seed...seed }
    guard parts.count == 3, parts[1].isEmpty, let first = UInt64(parts[0]), let last = UInt64(parts[2]), first <= last
    else { throw OptionError("--seeds needs A..B with A at most B, or one seed, got \"\(text)\"") }
    return first...last
  }

  /// The points of the grid, in order.
  package var points: [[SweepMember.Option]] {
    axes.reduce([[]]) { points, axis in
      points.flatMap { point in axis.values.map { point + [SweepMember.Option(key: axis.key, value: $0)] } }
    }
  }

  package var members: [SweepMember] {
    var members: [SweepMember] = []
    for point in points {
      for seed in seeds { members.append(SweepMember(number: members.count + 1, options: point, seed: seed)) }
    }
    return members
  }

  package var json: JSONValue {
    [
      "grid": .array(
        axes.map { ["key": .string($0.key), "values": .array($0.values.map { .string($0) })] }),
      "first_seed": .integer(seeds.lowerBound), "last_seed": .integer(seeds.upperBound),
    ]
  }
}
