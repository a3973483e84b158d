import SwerveTensor

/// Intervals of metrics over documents by the percentile bootstrap: documents are drawn again with replacement. All decoders
/// see the same draws, so their differences can be compared draw by draw.
package struct DocumentBootstrap: Sendable {
  package struct Interval: Equatable, Sendable {
    package let low: Double
    package let high: Double

    /// The 95 % interval of what the draws gave.
    /// - Parameter draws: nil where a draw can't have the number. Such draws say nothing; where they are more than one in
    ///   twenty, there is no interval.
    package init?(_ draws: [Double?]) {
      let defined = draws.compactMap(\.self).sorted()
      guard defined.count > 1, 20 * defined.count >= 19 * draws.count else { return nil }
      low = defined[defined.count * 25 / 1000]
      high = defined[max(1, (defined.count * 975 + 999) / 1000) - 1]
    }
  }

  package let draws: Int
  private let stream: RandomStream

  /// - Parameter draws: two or more.
  package init(draws: Int = 1000, seed: UInt64 = 1) {
    precondition(draws > 1, "an interval needs two draws or more")
    self.draws = draws
    stream = RandomStream(seed: seed, purpose: "hierarchy/bootstrap")
  }

  /// How often a draw has each document; a function of the seed, the draw and the number of documents.
  package func weights(draw: Int, documents: Int) -> [Int] {
    var weights = [Int](repeating: 0, count: documents)
    var cursor = stream.cursor(step: draw, row: 0)
    for _ in 0..<documents { weights[cursor.below(documents)] += 1 }
    return weights
  }

  /// What the draws give for each metric of each decoder: by decoder, then by `HierarchyScores.names`, then by draw.
  package func samples(_ scores: HierarchyScores) -> [[[Double?]]] {
    var samples = [[[Double?]]](
      repeating: [[Double?]](repeating: [], count: scores.names.count), count: scores.decoders.count)
    if scores.count == 0 { return samples }
    for draw in 0..<draws {
      let weights = weights(draw: draw, documents: scores.count)
      for decoder in scores.decoders.indices {
        for (metric, value) in scores.values(decoder: decoder, weights: weights).enumerated() {
          samples[decoder][metric].append(value)
        }
      }
    }
    return samples
  }

  /// The intervals of each metric of each decoder: by decoder, then by `HierarchyScores.names`; nil where there is none.
  package func intervals(_ scores: HierarchyScores) -> [[Interval?]] {
    samples(scores).map { $0.map { Interval($0) } }
  }
}
