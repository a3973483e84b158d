/// hP over hR as a threshold on the probabilities goes down: how many labels have at least each of some fixed
/// probabilities, over all documents and labels, with sets closed upwards.
///
/// The thresholds have odds of 2^k and 1.5 × 2^k, for k from -16 to 16. So both ends of the curve have as many points as
/// its middle, which is 0.5.
package struct ThresholdCurve: Equatable, Sendable {
  package struct Point: Equatable, Sendable {
    package let threshold: Double
    /// Labels with this probability or more, Σ |P|.
    package let predictions: Int
    /// Those of them that are true, Σ |P ∩ Y|.
    package let hits: Int

    package init(threshold: Double, predictions: Int, hits: Int) {
      self.threshold = threshold
      self.predictions = predictions
      self.hits = hits
    }
  }

  /// Rising.
  package static let thresholds: [Double] = (-16...16).flatMap { power -> [Double] in
    let odds = power < 0 ? 1 / Double(1 << -power) : Double(1 << power)
    return (power == 16 ? [odds] : [odds, 1.5 * odds]).map { $0 / (1 + $0) }
  }

  /// Labels by the number of thresholds that they reach, and the true ones among them.
  private var predictions = [Int](repeating: 0, count: thresholds.count + 1)
  private var hits = [Int](repeating: 0, count: thresholds.count + 1)

  package init() {}

  /// By rising thresholds.
  package var points: [Point] {
    var points: [Point] = []
    var (all, right) = (0, 0)
    for (index, threshold) in Self.thresholds.enumerated().reversed() {
      all += predictions[index + 1]
      right += hits[index + 1]
      points.append(Point(threshold: threshold, predictions: all, hits: right))
    }
    return points.reversed()
  }

  /// - Parameters:
  ///   - probabilities: one for each label.
  ///   - truth: the true labels, each once.
  mutating func add(_ probabilities: [Double], truth: some Collection<Int32>, _ tree: LabelTree) {
    // A label is in a closed set if one below it is.
    var largest = probabilities
    for label in tree.topDown.reversed() {
      if let above = tree.parent[label] { largest[above] = max(largest[above], largest[label]) }
    }
    for probability in largest { predictions[Self.reached(probability)] += 1 }
    for label in truth { hits[Self.reached(largest[Int(label)])] += 1 }
  }

  mutating func append(_ other: ThresholdCurve) {
    for index in predictions.indices {
      predictions[index] += other.predictions[index]
      hits[index] += other.hits[index]
    }
  }

  /// How many thresholds are at most this probability.
  private static func reached(_ probability: Double) -> Int {
    // Most labels have hardly any.
    if probability < thresholds[0] { return 0 }
    var (low, high) = (0, thresholds.count)
    while low < high {
      let middle = (low + high) / 2
      if thresholds[middle] <= probability { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
