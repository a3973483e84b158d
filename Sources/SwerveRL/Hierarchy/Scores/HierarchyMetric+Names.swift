extension HierarchyMetric {
  /// The metrics of a tree in the order of `names`, with the depth of those that have one for each depth.
  static func all(_ tree: LabelTree) -> [(metric: HierarchyMetric, depth: Int?)] {
    allCases.flatMap { metric in
      metric.isPerDepth ? (1...tree.deepest).map { (metric, $0) } : [(metric, nil)]
    }
  }

  /// Whether lists of runs show it.
  var isListed: Bool { self == .areaUnderCurve || self == .f1 || self == .leafAccuracy }

  /// The name of the metric in a step: METRIC/SET, METRIC/SET/RULE or METRIC/SET/RULE/DEPTH.
  var pattern: String { "\(rawValue)/SET" + (isOfProbabilities ? "" : "/RULE") + (isPerDepth ? "/DEPTH" : "") }
}
