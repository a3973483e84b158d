import SwerveText

/// What is compared of two runs. A script may log a metric of any name, such as "step", so these are told apart by their
/// case and not by the name that people see.
package enum ComparedItem: Hashable, Sendable {
  case metric(ExactString)
  /// The digest of all weights after a step.
  case weights
  /// The digest of the weights in a stage's result.
  case finalWeights
  /// Why the stage ended early.
  case stopped
  /// Whether both have the step.
  case step
  /// The hash chain over steps of which one side has no lines.
  case chain(ClosedRange<Int>)
  /// A sample of a step, counted from 1. If the answer is the same, something else of the sample differs.
  case sample(Int, hasSameAnswer: Bool)
  /// The samples that the record has more than the re-execution.
  case samples
  /// A line of classification.jsonl, on a set of documents or on what the stage reads.
  case classification(ExactString)

  package static func metric(named name: String) -> ComparedItem { .metric(ExactString(name)) }

  package var name: String {
    switch self {
    case .metric(let name): name.wrappedValue
    case .weights: "weights"
    case .finalWeights: "final weights"
    case .stopped: "stopped"
    case .step: "step"
    case .chain(let steps): "chain of \(Self.text(steps))"
    case .sample(let number, hasSameAnswer: false): "sample \(number)"
    case .sample(let number, hasSameAnswer: true):
      "sample \(number) (the same answer; its prompt, reward or weights differ)"
    case .samples: "samples"
    case .classification(let of): "classification.jsonl on \(of.wrappedValue)"
    }
  }

  /// Whether two runs differ in it for no other reason than that one of them stopped.
  package var followsFromStop: Bool {
    switch self {
    case .step, .finalWeights: true
    case .metric, .weights, .stopped, .chain, .sample, .samples, .classification: false
    }
  }

  /// Whether its value is a digest.
  var isDigest: Bool {
    switch self {
    case .weights, .finalWeights, .chain, .classification: true
    case .metric, .stopped, .step, .sample, .samples: false
    }
  }

  /// "step 3", "steps 3 to 5"
  static func text(_ steps: ClosedRange<Int>) -> String {
    steps.count == 1 ? "step \(steps.lowerBound)" : "steps \(steps.lowerBound) to \(steps.upperBound)"
  }
}
