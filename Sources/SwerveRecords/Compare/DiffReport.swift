import SwerveFiles
import SwerveText

/// Something that went in and is not the same. Informational: it explains differences and is none.
package struct InputDifference: Equatable, Sendable {
  /// "seed", "option digits", ...
  package let name: String
  /// nil where this side does not have it.
  package let a: JSONValue?
  package let b: JSONValue?
}

/// How far apart a metric gets, over all steps where both sides have a number.
package struct LargestDistance: Equatable, Sendable {
  package let step: Int
  package let a: Float
  package let b: Float
  /// |a - b|; nil when one of them is not finite.
  package let absolute: Double?
  package let ulps: Int?
}

/// One metric of one stage that is not the same everywhere, described at the first step where it is not.
package struct Difference: Equatable, Sendable {
  package let stage: String
  package let step: Int
  /// The metric; "weights" for the digest after a step, "final weights" for that of the result, "step" for steps that
  /// only one side has.
  package let name: String
  package let a: ComparedValue
  package let b: ComparedValue
  package let ulps: Int?
  /// In how many steps.
  package internal(set) var count: Int
  package internal(set) var largest: LargestDistance?
  /// What decided: "exact", or the bounds that were not enough; for a difference that passed, the bound that let it.
  package internal(set) var decidedBy: String
}

/// What two runs have and do not have in common.
package struct DiffReport: Equatable, Sendable {
  /// Labels of the two sides.
  package let a: String
  package let b: String
  package let inputs: [InputDifference]
  /// Beyond tolerance, the first difference first: in order of stage, step, and place in the step.
  package let differences: [Difference]
  /// Not the same bits, but within the tolerance.
  package let tolerated: [Difference]
  /// Files that are not what was written, one sentence each: what was compared may not be what was computed.
  package let edited: [String]
  /// Remarks, such as steps that could not be compared.
  package let notes: [String]
  /// Steps that both sides have.
  package let stepsCompared: Int

  /// Whether the values are.
  package var isSame: Bool { differences.isEmpty }
  /// Whether they are, of files that nobody edited.
  package var isSameAndIntact: Bool { isSame && edited.isEmpty }
  package var firstDifference: Difference? { differences.first }
}
