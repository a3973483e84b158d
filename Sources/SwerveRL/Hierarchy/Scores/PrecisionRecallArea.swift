/// The area under precision over recall of one document.
enum PrecisionRecallArea {
  /// Labels are taken by falling probability. A group of equal ones, which goes on while p is at least that of its first
  /// label less a relative 1e-9, is taken at once. After each group there is a point; before the first one, recall is 0 and
  /// precision 1. Steps are added as trapezoids in this order, up to the group with the last true label.
  /// - Parameters:
  ///   - probabilities: one for each label.
  ///   - truth: the true labels, one or more.
  static func area(_ probabilities: [Double], truth: some Collection<Int32>) -> Double {
    // What is less probable than every true label comes after the last step.
    let least = truth.reduce(Double.infinity) { min($0, probabilities[Int($1)]) }
    let order = probabilities.filter { $0 >= least * (1 - 2 * Ties.room) }.sorted(by: >)
    let hits = truth.map { probabilities[Int($0)] }.sorted(by: >)
    var area = 0.0
    var (recall, precision) = (0.0, 1.0)
    var (taken, hit) = (0, 0)
    while hit < hits.count {
      let least = order[taken] - Ties.room * order[taken]
      while taken < order.count, order[taken] >= least { taken += 1 }
      while hit < hits.count, hits[hit] >= least { hit += 1 }
      let (nextRecall, nextPrecision) = (Double(hit) / Double(hits.count), Double(hit) / Double(taken))
      area += (nextRecall - recall) * (nextPrecision + precision) / 2
      (recall, precision) = (nextRecall, nextPrecision)
    }
    return area
  }
}
