import SwerveTensor

/// How certain the reference model is of its next token, computed from its logits at a separate temperature.
///
/// With p = softmax(logits / temperature) over V tokens, natural logarithms and H the entropy of p. Every measure lies
/// in 0...1.
package enum CertaintyMeasure: String, CaseIterable, Sendable {
  /// max p
  case maxProb = "max_prob"
  /// 1 + log(max p) / log V; the paper's choice.
  case negentropyMaxProb = "negentropy_max_prob"
  /// 1 - H(p) / log V
  case negentropy
  /// p of the token that was taken.
  case sample

  /// The certainty at one position.
  ///
  /// Order: `row` is the normalizer of TokenStatistics.swift at `temperature`: S its total, z = logits / temperature - top,
  /// e = exactExp(z). Then
  ///
  ///     max_prob             1 / S                              as the largest e is exactly 1
  ///     negentropy_max_prob  1 - log S / log V
  ///     negentropy           1 - (log S - T / S) / log V        T: the sum of e * z in 16 lanes and the tree, 0 where e is 0
  ///     sample               e[token] / S
  ///
  /// No operation is fused. The result is clamped to 0...1, because rounding could move it outside by a few ulps. NaN
  /// among the logits gives NaN.
  /// - Parameters:
  ///   - logits: the reference's logits (V), V at least 2.
  ///   - row: their normalizer at this temperature.
  ///   - token: the token that was taken, in 0..<V. Only `sample` uses it.
  package func certainty(logits: UnsafePointer<Float>, count: Int, row: SoftmaxRow, token: Int) -> Float {
    let value: Float =
      switch self {
      case .maxProb: 1 / row.total
      case .negentropyMaxProb: 1 - row.logTotal / exactLog(Float(count))
      case .negentropy:
        1 - (row.logTotal - row.weightedTotal(logits, count: count) / row.total) / exactLog(Float(count))
      case .sample: row.weight(logits[token]) / row.total
      }
    return value.isNaN ? value : max(0, min(1, value))
  }

  /// The certainty at one position, from its logits alone.
  package func certainty(logits: UnsafeBufferPointer<Float>, token: Int, temperature: Float) -> Float {
    precondition(logits.count >= 2 && temperature > 0, "certainty needs at least two logits and a temperature above 0")
    let base = logits.baseAddress!
    let row = SoftmaxRow(base, count: logits.count, inverseTemperature: 1 / temperature)
    return certainty(logits: base, count: logits.count, row: row, token: token)
  }

  /// The certainty at every token of a batch.
  /// - Parameters:
  ///   - logits: (tokens, V), row-major.
  ///   - tokens: the token taken at each position.
  package func certainties(logits: [Float], tokens: [Int32], vocabulary: Int, temperature: Float) -> [Float] {
    precondition(logits.count == tokens.count * vocabulary, "one row of logits per token")
    return logits.withUnsafeBufferPointer { logits in
      tokens.enumerated().map { index, token in
        let row = UnsafeBufferPointer(rebasing: logits[index * vocabulary..<(index + 1) * vocabulary])
        return certainty(logits: row, token: Int(token), temperature: temperature)
      }
    }
  }
}

/// The weights of the KL penalty at tokens of certainty c: (1 - b) c^alpha + b.
///
/// Order: q = c^alpha as the tape's `pow` rounds it, so that a rule in Lua finds the same bits; then q + b (1 - q),
/// unfused, so that c = 1 gives exactly 1 and c = 0 exactly b.
/// - Parameters:
///   - certainties: each in 0...1.
///   - alpha: the exponent, at least 0; with 0 every weight is 1.
///   - intercept: b, at most 0.
package func certaintyWeights(_ certainties: [Float], alpha: Float, intercept: Float = 0) throws -> [Float] {
  let layout = TokenLayout(rowLengths: [certainties.count])
  let powers = try Tensor.constant(certainties, shape: .tokens(layout)).pow(.scalar(alpha))
  return powers.values.map { $0 + intercept * (1 - $0) }
}
