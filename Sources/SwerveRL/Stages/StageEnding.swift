/// Which of its steps gives a stage's result, and when it ends before its last step.
package struct StageEnding {
  /// The weights after the step that is best by this metric are the result; nil: those after the last step.
  package var best: BestMetric?
  package var stop: (any StopCondition)?

  package init(best: BestMetric? = nil, stop: (any StopCondition)? = nil) {
    self.best = best
    self.stop = stop
  }
}

/// Decides after each step but the last whether a stage ends there.
package protocol StopCondition: AnyObject {
  /// - Parameter metrics: of the step; those of an evaluation only where the step has one.
  /// - Returns: the reason for the end, a line of text; nil: the stage goes on.
  func reason(after step: Int, _ metrics: [Metric]) throws -> String?
  /// Everything that decides the answers, for the stage cache; nil: that can't be told.
  var contents: [UInt8]? { get }
}

extension StageEnding {
  /// What decides a stage's bits beside its other facts; empty for a stage whose result is its last step.
  var facts: [(name: String, fact: Fact)] {
    guard let best else { return [] }
    return [("keep", .record([("best", .text(best.metric)), ("mode", .text(best.mode.rawValue))]))]
  }
}

extension CacheFacts.Functions {
  /// With the function that ends the stage, if there is one.
  func with(_ stop: (any StopCondition)?) -> Self {
    guard let stop else { return self }
    guard let own = stop.contents else { return .unknown }
    switch self {
    case .none: return .known(own)
    case .known(let others): return .known(Array("\(others.count):".utf8) + others + own)
    case .unknown: return .unknown
    }
  }
}
