import SwerveModel
import SwerveTensor

/// What two models say of every generated token of some episodes, as packed columns.
package struct TokenScores {
  package let logp: [Float]
  package let entropy: [Float]
  package let maxProb: [Float]
  /// The critic's values; empty where the model has no value head.
  package let value: [Float]
  /// (tokens, V) log-probabilities; empty unless they were asked for.
  package let rows: [Float]
  /// Of each measure, in the order of `CertaintyMeasure.allCases`; empty unless they were asked for.
  package let certainty: [[Float]]
}

/// Scores generated tokens by a full forward pass, shard by shard.
package struct Scorer {
  let runner: ShardRunner

  package init(runner: ShardRunner) { self.runner = runner }

  /// - Parameters:
  ///   - temperature: tau of log-probabilities and entropy.
  ///   - certaintyTemperature: tau_w; nil leaves the certainties out.
  ///   - keepRows: also return every token's log-probabilities over the vocabulary.
  package func score(
    _ model: Transformer, _ episodes: Episodes, temperature: Float, certaintyTemperature: Float? = nil, keepRows: Bool
  ) -> TokenScores {
    let layout = episodes.layout
    let n = layout.count
    let v = model.configuration.vocabulary
    let columns = FloatBuffer(count: 4 * n)
    let rows = FloatBuffer(count: keepRows ? n * v : 0)
    let measures = certaintyTemperature == nil ? [] : CertaintyMeasure.allCases
    let certainty = FloatBuffer(count: measures.count * n)
    let inverse = 1 / temperature
    let out = columns.pointer
    let certaintyOut = certainty.pointer
    let rowsOut = rows.pointer
    let places = GeneratedPlaces(episodes)
    let batch = episodes.inputs(rows: Array(0..<episodes.count))
    runner.forward(model, batch) { shard, a, w in
      places.each(in: shard, batch) { index, local, token in
        let logits = a.logits.pointer + local * v
        let logp = keepRows ? rowsOut + index * v : w.row.pointer
        logSoftmax(logp, logits, count: v, inverseTemperature: inverse)
        out[index] = logp[token]
        out[n + index] = SwerveTensor.entropy(logp: logp, count: v)
        out[2 * n + index] = exactExp(UnsafeBufferPointer(start: logp, count: v).max() ?? 0)
        if model.configuration.valueHeadWidth > 0 { out[3 * n + index] = a.values.pointer[local] }
        for (m, measure) in measures.enumerated() {
          certaintyOut[m * n + index] = measure.certainty(
            logits: UnsafeBufferPointer(start: logits, count: v), token: token, temperature: certaintyTemperature ?? 1)
        }
      }
    }
    let values = columns.array
    return TokenScores(
      logp: Array(values[0..<n]), entropy: Array(values[n..<2 * n]), maxProb: Array(values[2 * n..<3 * n]),
      value: model.configuration.valueHeadWidth > 0 ? Array(values[3 * n..<4 * n]) : [],
      rows: rows.array, certainty: (0..<measures.count).map { Array(certainty.array[$0 * n..<($0 + 1) * n]) })
  }
}

/// Where the generated tokens of some episodes lie in the batch of their texts.
struct GeneratedPlaces {
  private let prompts: [Int]
  private let offsets: [Int]
  private let generated: [[Int32]]

  /// - Parameter rows: the episodes that are in the batch, in its order; nil: all.
  init(_ episodes: Episodes, rows: [Int]? = nil) {
    let rows = rows ?? Array(0..<episodes.count)
    prompts = rows.map { episodes.prompts[$0].count }
    generated = rows.map { episodes.generated[$0] }
    offsets = TokenLayout(rowLengths: generated.map(\.count)).offsets
  }

  /// Calls `body(packed index of the token, place in the shard of the logits that predict it, the token)`.
  func each(in shard: Shard, _ batch: TokenBatch, _ body: (_ index: Int, _ local: Int, _ token: Int) -> Void) {
    for row in shard.rows {
      let first = batch.starts[row] - shard.tokens.lowerBound + prompts[row] - 1
      for (place, token) in generated[row].enumerated() { body(offsets[row] + place, first + place, Int(token)) }
    }
  }
}
