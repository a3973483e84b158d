import SwerveTensor

/// Intervals of metrics over documents by the percentile bootstrap with its bias taken off: documents are drawn again with
/// replacement. All decoders see the same draws.
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
    func measured(_ weights: [Int32]) -> [[Double?]] {
      let truths = truth.sums(weights)
      return columns.map { column in
        let sums = ScoreSums(scores.tree, truths, column, weights: weights)
        return metrics.map { sums.values($0)[0] }
      }
    }
    guard scores.count > 0 else { return columns.map { _ in metrics.map { ($0, nil) } } }
    let estimates = measured([Int32](repeating: 1, count: scores.count))
    let samples = (0..<draws).map { measured(weights(draw: $0, documents: scores.count)) }
    return columns.indices.map { decoder in
      metrics.enumerated().map { index, metric in
        (metric, PercentileInterval(samples.map { $0[decoder][index] }, around: estimates[decoder][index]))
      }
    }
  }
}
