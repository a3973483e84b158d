import SwerveText

/// Which step of a stage counts as its best: that with the largest or the smallest value of a metric, the earliest of
/// equal ones. The evaluation before the first step does not count.
package struct BestMetric: Sendable {
  package enum Mode: String, CaseIterable, Sendable {
    case max, min
  }

  package let metric: String
  package let mode: Mode

  /// - Parameter mode: nil: that of the metric in `MetricTable`, `max` for a name that is not in it.
  package init(_ metric: String, mode: Mode? = nil) {
    self.metric = metric
    self.mode = mode ?? MetricTable.row(of: metric)?.best ?? .max
  }

  func isBetter(_ value: Float, than other: Float) -> Bool { mode == .max ? value > other : value < other }
}

extension BestMetric: Equatable {
  package static func == (a: BestMetric, b: BestMetric) -> Bool { a.metric === b.metric && a.mode == b.mode }
}

/// The best of a stage's steps so far.
package struct BestStep: Equatable, Sendable {
  package let by: BestMetric
  /// The step and its value; nil while no step has measured the metric.
  package private(set) var found: Found?

  package struct Found: Equatable, Sendable {
    /// From 1.
    package let step: Int
    /// Finite or infinite, never NaN.
    package let value: Float

    package init(step: Int, value: Float) {
      self.step = step
      self.value = value
    }
  }

  package init(by: BestMetric, found: Found? = nil) {
    self.by = by
    self.found = found
  }

  /// Steps come in order. A step that did not measure the metric, or gave NaN, is never the best.
  /// - Returns: whether this step is the best so far.
  @discardableResult
  package mutating func add(step: Int, _ metrics: [Metric]) -> Bool {
    guard step > 0, let value = metrics.first(where: { $0.name === by.metric })?.value, !value.isNaN else {
      return false
    }
    if let found, !by.isBetter(value, than: found.value) { return false }
    found = Found(step: step, value: value)
    return true
  }
}
