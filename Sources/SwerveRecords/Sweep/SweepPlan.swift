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

    package init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  /// "alpha=10,kl=2.5,seed=3"; it is the same in every sweep that has this member.
  package var name: String { (point.isEmpty ? "" : point + ",") + "seed=\(seed)" }

  /// The name without the seed: "alpha=10,kl=2.5".
  package var point: String { options.map { "\($0.key)=\($0.value)" }.joined(separator: ",") }

  /// The name as a file name; `=` and `,` are harmless in one.
  package var fileName: String { Self.fileName(name) }

  static func fileName(_ name: String) -> String {
    name.pieces(at: ",", omittingEmpty: false).map { part in
      part.pieces(at: "=", omittingEmpty: false).map { Path.fileName($0) }
        .joined(separator: "=")
    }.joined(separator: ",")
  }
}

/// A grid of options, samples from ranges, and seeds: every sample with every point of the grid and every seed. The members'
/// order is defined: samples vary slowest, so that one more of them adds members at the end; then come the grid's options,
/// the first of them slowest, and seeds vary fastest.
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
    /// - Parameter option: the option of the command line, for errors.
    /// - Throws: OptionError for an empty or repeated value.
    package init(_ text: String, option: String = "--grid") throws {
      let parts = text.pieces(at: "=", most: 2, omittingEmpty: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw OptionError("\(option) needs KEY=V1,V2,..., got \"\(text)\"")
      }
      key = parts[0]
      values = parts[1].pieces(at: ",", omittingEmpty: false)
      for (index, value) in values.enumerated() {
        if value.isEmpty { throw OptionError("\(option) \(text): value \(index + 1) is empty") }
        // Different texts of equal values are found later, when the script gives the type of the option.
        if values[..<index].containsExactly(value) { throw OptionError("\(option) \(text): \(value) is there twice") }
      }
    }
  }

  /// What a sweep draws from ranges.
  package struct Sampling: Equatable, Sendable {
    /// At least one, of different keys.
    package let ranges: [SweepRange]
    package let seed: UInt64
    /// The values of each sample, in the order of the ranges.
    package let samples: [[SweepMember.Option]]

    package init(ranges: [SweepRange], seed: UInt64, samples: [[SweepMember.Option]]) {
      self.ranges = ranges
      self.seed = seed
      self.samples = samples
    }

    /// Without the number of samples.
    fileprivate var json: JSONValue { ["ranges": .array(ranges.map(\.json)), "seed": .integer(seed)] }
  }

  package let axes: [Axis]
  /// nil: every value is from the grid.
  package let sampling: Sampling?
  package let seeds: ClosedRange<UInt64>
  private static let most = 1_000_000

  /// - Throws: OptionError for a repeated option, and for more than a million members.
  package init(axes: [Axis], sampling: Sampling? = nil, seeds: ClosedRange<UInt64>) throws {
    for (index, axis) in axes.enumerated() {
      if axes[..<index].contains(where: { $0.key === axis.key }) {
        throw OptionError("--grid \(axis.key)= is there twice: give all values at once")
      }
      if sampling?.ranges.contains(where: { $0.key === axis.key }) ?? false {
        throw OptionError("\(axis.key) has its values from --grid and from --range: leave one of them out")
      }
    }
    self.axes = axes
    self.sampling = sampling
    self.seeds = seeds
    var count = Double(seeds.upperBound - seeds.lowerBound) + 1
    for axis in axes { count *= Double(axis.values.count) }
    count *= Double(sampling?.samples.count ?? 1)
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

  /// The points of the grid and the samples, in order.
  package var points: [[SweepMember.Option]] {
    axes.reduce(sampling?.samples ?? [[]]) { points, axis in
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

  /// Without the number of samples, so that a sweep with one more of them is the same sweep.
  package var json: JSONValue {
    .object(
      [
        JSONMember(
          "grid",
          .array(axes.map { ["key": .string($0.key), "values": .array($0.values.map { .string($0) })] })),
        JSONMember("first_seed", .integer(seeds.lowerBound)), JSONMember("last_seed", .integer(seeds.upperBound)),
      ] + (sampling.map { [JSONMember("sampling", $0.json)] } ?? []))
  }
}
