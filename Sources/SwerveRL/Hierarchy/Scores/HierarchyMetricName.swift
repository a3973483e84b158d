import SwerveText

/// The name of a metric of hierarchical classification in a step, in its parts: METRIC/SET, METRIC/SET/RULE or
/// METRIC/SET/RULE/DEPTH.
package struct HierarchyMetricName: Equatable, Sendable {
  package let metric: HierarchyMetric
  @ExactString package private(set) var set: String
  /// Nil for a metric of the probabilities alone.
  package let rule: ExactString?
  package let depth: Int?

  package init(_ metric: HierarchyMetric, set: String, rule: String? = nil, depth: Int? = nil) {
    self.metric = metric
    self.set = set
    self.rule = rule.map { ExactString($0) }
    self.depth = depth
  }

  /// Nil for another name.
  package init?(_ name: String) {
    let parts = name.pieces(at: "/", omittingEmpty: false)
    guard let metric = HierarchyMetric.allCases.first(where: { parts.first === $0.rawValue }),
      parts.count == 2 + (metric.isOfProbabilities ? 0 : 1) + (metric.isPerDepth ? 1 : 0)
    else { return nil }
    let depth = metric.isPerDepth ? Int(parts[3]) : nil
    if metric.isPerDepth && depth == nil { return nil }
    self.init(metric, set: parts[1], rule: metric.isOfProbabilities ? nil : parts[2], depth: depth)
  }

  package var text: String {
    ([metric.rawValue, set] + (rule.map { [$0.wrappedValue] } ?? []) + (depth.map { ["\($0)"] } ?? []))
      .joined(separator: "/")
  }
}
