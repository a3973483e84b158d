import SwerveTensor

/// How certain the reference model is of its next token, from its logits at a temperature of their own.
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

  /// The certainty at one place.
  ///
  /// Order: x = logits / temperature; z = x - max x; e = exactExp(z); S = the sum of e, element v added to lane v mod
  /// 16 and the lanes by the project's tree. Then
  ///
  ///     max_prob             1 / S                              as the largest e is exactly 1
  ///     negentropy_max_prob  1 - log S / log V
  ///     negentropy           1 - (log S - T / S) / log V        T: the sum of e * z in the same order, 0 where e is 0
  ///     sample               e[token] / S
  ///
  /// with exactLog, nothing fused, and the result clamped to 0...1, which rounding could leave by a few ulps.
  /// NaN among the logits gives NaN.
  /// - Parameters:
  ///   - logits: the reference's logits (V), V at least 2.
  ///   - token: the token that was taken, in 0..<V. Only `sample` looks at it.
  ///   - temperature: above 0.
  package func certainty(logits: UnsafeBufferPointer<Float>, token: Int, temperature: Float) -> Float {
    precondition(logits.count >= 2 && temperature > 0, "certainty needs at least two logits and a temperature above 0")
    let row = SoftmaxRow(logits: logits, temperature: temperature, weighted: self == .negentropy)
    let value: Float =
      switch self {
      case .maxProb: 1 / row.sum
      case .negentropyMaxProb: 1 - exactLog(row.sum) / exactLog(Float(logits.count))
      case .negentropy:
        1 - (exactLog(row.sum) - row.weightedSum / row.sum) / exactLog(Float(logits.count))
      case .sample: exactExp(logits[token] / temperature - row.largest) / row.sum
      }
    return value.isNaN ? value : max(0, min(1, value))
  }

  /// The certainty at every token of a batch.
  /// - Parameters:
  ///   - logits: (tokens, V), row-major.
  ///   - tokens: the token taken at each place.
  package func certainties(logits: [Float], tokens: [Int32], vocabulary: Int, temperature: Float) -> [Float] {
    precondition(logits.count == tokens.count * vocabulary, "one row of logits per token")
    return logits.withUnsafeBufferPointer { logits in
      tokens.enumerated().map { place, token in
        let row = UnsafeBufferPointer(rebasing: logits[place * vocabulary..<(place + 1) * vocabulary])
        return certainty(logits: row, token: Int(token), temperature: temperature)
      }
    }
  }
}

/// The weights of the KL penalty at places of certainty c: (1 - b) c^alpha + b.
///
/// Order: q = c^alpha as the tape's `pow` rounds it, so that a rule in Lua finds the same bits; then q + b (1 - q),
/// unfused, so that c = 1 gives exactly 1 and c = 0 exactly b.
/// - Parameters:
///   - certainties: each in 0...1.
///   - alpha: the exponent, at least 0; 0 weighs every place 1.
///   - intercept: b, at most 0.
package func certaintyWeights(_ certainties: [Float], alpha: Float, intercept: Float = 0) throws -> [Float] {
  let layout = TokenLayout(rowLengths: [certainties.count])
  let powers = try Tensor.constant(certainties, shape: .tokens(layout)).pow(.scalar(alpha))
  return powers.values.map { $0 + intercept * (1 - $0) }
}

/// The sums behind a softmax over one row.
private struct SoftmaxRow {
  /// The largest of logits / temperature.
  let largest: Float
  /// Sum of e.
  let sum: Float
  /// Sum of e * z; 0 if it wasn't asked for.
  let weightedSum: Float

  init(logits: UnsafeBufferPointer<Float>, temperature: Float, weighted: Bool) {
    let divisor = Vector(repeating: temperature)
    var lanes = Vector(repeating: -.infinity)
    Self.blocks(logits) { lanes = maximum(lanes, $0 / divisor) }
    let largest = lanes.largest
    var sums = Vector(repeating: 0)
    var weightedSums = Vector(repeating: 0)
    Self.blocks(logits) { block in
      let z = block / divisor - Vector(repeating: largest)
      let e = exactExp(z)
      sums += e
      if weighted {
        // An impossible token has z = -infinity, and 0 times that would be NaN.
        weightedSums += (e * z).replacing(with: 0, where: e .== 0)
      }
    }
    self.largest = largest
    sum = sums.treeSum
    weightedSum = weightedSums.treeSum
  }

  /// The row in vectors; the last one is filled up with -infinity, whose exp is 0.
  private static func blocks(_ row: UnsafeBufferPointer<Float>, _ body: (Vector) -> Void) {
    guard let base = row.baseAddress else { return }
    for start in stride(from: 0, to: row.count, by: 16) {
      let filled = row.count - start
      var block = base.vector(start, first: filled)
      if filled < 16 { for lane in filled..<16 { block[lane] = -.infinity } }
      body(block)
    }
  }
}
