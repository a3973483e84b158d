import SwerveFiles
import SwerveText

/// An input that is not the same on both sides. It is information that explains differences, and does not count as one.
package struct InputDifference: Equatable, Sendable {
  /// "seed", "option digits", ...
  package let name: String
  /// nil if this side does not have it.
  package let a: JSONValue?
  package let b: JSONValue?
}

/// The largest distance of a metric, over all steps at which both sides have a number.
package struct LargestDistance: Equatable, Sendable {
  package let step: Int
  package let a: Float
  package let b: Float
  /// |a - b|; nil when one of them is not finite.
  package let absolute: Double?
  package let ulps: Int?
}

/// One metric of one stage that differs in at least one step, described at the first such step.
package struct Difference: Equatable, Sendable {
  /// What decided whether it counts.
  package enum Decision: Equatable, Sendable {
    /// No tolerance covers it, so it counts.
    case exact
    /// It counts, because it exceeds these bounds: "abs 1e-06, ulp 4".
    case beyond(ExactString)
    /// It passes, because this bound allows it: "ulp 4".
    case within(ExactString)

    package var text: String {
      switch self {
      case .exact: "exact"
      case .beyond(let bounds): "beyond \(bounds.wrappedValue)"
      case .within(let bound): bound.wrappedValue
      }
    }
  }

  package let stage: String
  package let step: Int
  package let item: ComparedItem
  package let a: ComparedValue
  package let b: ComparedValue
  package let ulps: Int?
  /// The number of steps in which it differs.
  package internal(set) var count: Int
  package internal(set) var largest: LargestDistance?
  package internal(set) var decidedBy: Decision

  /// What differs, as people see it: a metric, "weights", "step".
  package var name: String { item.name }
}

/// What two runs have and do not have in common.
package struct DiffReport: Equatable, Sendable {
  /// Labels of the two sides.
  package let a: String
  package let b: String
  package let inputs: [InputDifference]
  /// Differences beyond tolerance, in order of stage, step, and position in the step.
  package let differences: [Difference]
  /// Values with different bits, but within the tolerance.
  package let tolerated: [Difference]
  /// Files that were changed after they were written, one sentence each. Then the compared values may not be those that
  /// were computed.
  package let edited: [String]
  /// Remarks, such as steps that could not be compared.
  package let notes: [String]
  /// Steps that both sides have.
  package let stepsCompared: Int

  /// Whether the compared values are the same.
  package var isSame: Bool { differences.isEmpty }
  /// Whether they are the same and no file was edited.
  package var isSameAndIntact: Bool { isSame && edited.isEmpty }
  package var firstDifference: Difference? { differences.first }
}
