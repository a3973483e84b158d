import SwerveText

/// Means of metrics over the minibatches of an update: each name is averaged over the minibatches that have it. A
/// script's loss may choose its names anew for each minibatch. Sums are chains in Double in the order of the
/// minibatches.
struct MetricMeans {
  private struct Sum {
    let name: String
    var total = 0.0
    var count = 0
  }

  /// The prefix of the metric that counts the minibatches of a mean. It is logged if a mean is not over all minibatches
  /// of its update.
  static let minibatchesPrefix = "minibatches/"

  /// One for each name, in the order in which the names first occurred.
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

  /// All means. A mean that is not over all minibatches is followed by `minibatches/NAME`, the number of its
  /// minibatches.
  var metrics: [Metric] {
    sums.flatMap { sum in
      let mean = Metric(sum.name, Float(sum.total / Double(sum.count)))
      return sum.count == minibatches
        ? [mean] : [mean, Metric(Self.minibatchesPrefix + sum.name, Float(sum.count))]
    }
  }
}
