import SwerveText

/// Means of metrics over the minibatches of an update: of each name over the minibatches that have it, which a script's loss may
/// decide anew each time. Sums are chains in Double in the order of the minibatches.
struct MetricMeans {
  private struct Sum {
    let name: String
    var total = 0.0
    var count = 0
  }

  /// In front of the name of a mean that is not over all minibatches of its update: how many it is over.
  static let minibatchesPrefix = "minibatches/"

  /// In the order in which the names came.
  private var sums: [Sum] = []
  private(set) var minibatches = 0

  mutating func add(_ metrics: [Metric]) {
    minibatches += 1
    for metric in metrics {
      guard let value = metric.value else { continue }
      let index = sums.firstIndex { $0.name === metric.name } ?? sums.count
      if index == sums.count { sums.append(Sum(name: metric.name)) }
      sums[index].total += Double(value)
      sums[index].count += 1
    }
  }

  /// Each mean; behind one that is not over all minibatches `minibatches/NAME`, the number that it is over.
  var metrics: [Metric] {
    sums.flatMap { sum in
      let mean = Metric(sum.name, Float(sum.total / Double(sum.count)))
      return sum.count == minibatches
        ? [mean] : [mean, Metric(Self.minibatchesPrefix + sum.name, Float(sum.count))]
    }
  }
}
