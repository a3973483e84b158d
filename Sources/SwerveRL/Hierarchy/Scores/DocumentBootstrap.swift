import SwerveTensor

/// Intervals of metrics over documents by the percentile bootstrap: documents are drawn again with replacement. All decoders
/// see the same draws.
package struct DocumentBootstrap: Sendable {
  package let draws: Int
  private let stream: RandomStream

  /// - Parameter draws: two or more.
  package init(draws: Int = 1000, seed: UInt64 = 1) {
    precondition(draws > 1, "an interval needs two draws or more")
    self.draws = draws
    stream = RandomStream(seed: seed, purpose: "hierarchy/bootstrap")
  }

  /// How often a draw has each document; a function of the seed, the draw and the number of documents.
  package func weights(draw: Int, documents: Int) -> [Int32] {
    var weights = [Int32](repeating: 0, count: documents)
    var cursor = stream.cursor(step: draw, row: 0)
    for _ in 0..<documents { weights[cursor.below(documents)] += 1 }
    return weights
  }

  /// The intervals of each decoder's metrics that `HierarchyMetric.hasInterval` names, in the order of all metrics; nil
  /// where there is none. O(draws × documents × decoders).
  package func intervals(
    _ scores: HierarchyScores
  ) -> [[(metric: HierarchyMetric, interval: PercentileInterval?)]] {
    let metrics = HierarchyMetric.allCases.filter(\.hasInterval)
    let columns = scores.decoders.indices.map { ScoreColumns(scores, decoder: $0) }
    let truth = TruthColumns(scores)
    var samples = columns.map { _ in metrics.map { _ in [Double?]() } }
    if scores.count > 0 {
      for draw in 0..<draws {
        let weights = weights(draw: draw, documents: scores.count)
        let truths = truth.sums(weights)
        for (decoder, column) in columns.enumerated() {
          let sums = ScoreSums(scores.tree, truths, column, weights: weights)
          for (index, metric) in metrics.enumerated() { samples[decoder][index].append(sums.values(metric)[0]) }
        }
      }
    }
    return samples.map { zip(metrics, $0).map { ($0, PercentileInterval($1)) } }
  }
}
