import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// The A2C loss of another implementation, built here from the kernels of token statistics and the tape.
/// Sizes come from the file; masked-out places do not exist here, as the tape packs its tokens.
@Suite
struct ObjectiveFixtureTests {
  /// 1 / tau of the policy; tau_w of the certainty.
  static let inverseTemperature: Float = 0.5, certaintyTemperature: Float = 4

  let file: TensorFile
  let places: [Int]
  let layout: TokenLayout
  let v: Int
  let tokens: [Int]

  init() throws {
    file = try Fixtures.tensors("rl.safetensors")
    let shape = try file.shape("logits")
    let mask = try file.floats("mask")
    v = shape[2]
    let masked = mask.indices.filter { mask[$0] == 1 }
    places = masked
    layout = TokenLayout(rowLengths: rows(of: mask, width: shape[1]).map { $0.count { $0 == 1 } })
    let actions = try file.integers("actions")
    tokens = masked.map { Int(actions[$0]) }
  }

  /// One number for each masked-in token.
  private func packed(_ name: String) throws -> [Float] {
    let all = try file.floats(name)
    return places.map { all[$0] }
  }

  /// The rows of a (B, T, V) tensor at the masked-in tokens.
  private func packedRows(_ name: String) throws -> [[Float]] {
    let all = rows(of: try file.floats(name), width: v)
    return places.map { all[$0] }
  }

  private func logSoftmaxRows(_ name: String) throws -> [[Float]] {
    try packedRows(name).map { logits in
      let out = FloatBuffer(count: v)
      logSoftmax(out.pointer, logits, count: v, inverseTemperature: Self.inverseTemperature)
      return out.array
    }
  }

  /// The policy's and the reference's log-probabilities with what follows from them.
  private struct Statistics {
    let rows: [[Float]]
    let logp: [Float]
    let refLogp: [Float]
    let entropy: [Float]
    let kl: [Float]
  }

  private func statistics() throws -> Statistics {
    let policy = try logSoftmaxRows("logits")
    let reference = try logSoftmaxRows("ref_logits")
    let out = FloatBuffer(count: v)
    let sums = zip(try packedRows("logits"), reference).map { logits, refLogp in
      SwerveTensor.tokenStatistics(
        out.pointer, logits, refLogp: refLogp, count: v, inverseTemperature: Self.inverseTemperature)
    }
    return Statistics(
      rows: policy, logp: zip(policy, tokens).map { $0[$1] }, refLogp: zip(reference, tokens).map { $0[$1] },
      entropy: sums.map(\.entropy), kl: sums.map(\.kl))
  }

  /// Logits of size 10 are stored with an error of 5e-7, which no later step can undo, so that what cancels to near 0
  /// has an absolute bound; sums over V add a few roundings of terms of size 1.
  @Test func matchesTokenStatistics() throws {
    let found = try statistics()
    #expect(mismatch(found.logp, try packed("logp"), relative: 3e-7, absolute: 5e-7) == nil)
    #expect(mismatch(found.refLogp, try packed("ref_logp"), relative: 3e-7, absolute: 5e-7) == nil)
    #expect(mismatch(found.entropy, try packed("entropy"), relative: 1e-6, absolute: 1e-6) == nil)
    #expect(mismatch(found.kl, try packed("kl_full"), relative: 1e-6, absolute: 1e-6) == nil)
  }

  /// -mean(logp A) + 0.1 mean((R - value)²) - 0.001 mean(entropy) + 5 mean(w k2), alpha = 20.
  private func loss(_ logp: Tensor, _ value: Tensor, _ entropy: Tensor) throws -> Tensor {
    let values = try packed("value")
    let shape = TensorShape.tokens(layout)
    let lengths = (0..<layout.rows).map(layout.length(ofRow:))
    let advantages = generalizedAdvantages(
      rowLengths: lengths, rewards: terminalRewards(rowLengths: lengths, rewards: try file.floats("reward")),
      values: values, gamma: 1, lambda: 0.95)
    let certainties = CertaintyMeasure.negentropyMaxProb.certainties(
      logits: try packedRows("ref_logits").flatMap { $0 }, tokens: tokens.map(Int32.init), vocabulary: v,
      temperature: Self.certaintyTemperature)
    func constant(_ column: [Float]) throws -> Tensor { try .constant(column, shape: shape) }
    let returns = try constant(SwerveRL.returns(advantages: advantages, values: values))
    let difference = try logp.sub(constant(try statistics().refLogp))
    let weights = try constant(certaintyWeights(certainties, alpha: 20))
    return try logp.mul(constant(advantages)).mean().neg()
      .add(returns.sub(value).square().mean().mul(.scalar(0.1)))
      .sub(entropy.mean().mul(.scalar(0.001)))
      .add(weights.mul(difference.square().mul(.scalar(0.5))).mean().mul(.scalar(5)))
  }

  @Test func matchesTheLossAndItsGradients() throws {
    let statistics = try statistics()
    let shape = TensorShape.tokens(layout)
    let logp = try Tensor.variable(statistics.logp, shape: shape)
    let value = try Tensor.variable(packed("value"), shape: shape)
    let entropy = try Tensor.variable(statistics.entropy, shape: shape)
    let loss = try loss(logp, value, entropy)
    #expect(mismatch(loss.values, try file.floats("loss"), relative: 5e-7) == nil)
    try loss.backward()
    let dLogp = try #require(logp.gradient)
    let dEntropy = try #require(entropy.gradient)
    var dLogits = [Float](repeating: 0, count: try file.floats("d_logits").count)
    var dValue = [Float](repeating: 0, count: try file.floats("d_value").count)
    for (i, place) in places.enumerated() {
      dLogits.withUnsafeMutableBufferPointer { target in
        tokenStatisticsBackward(
          dLogits: target.baseAddress! + place * v,
          TokenGradient(token: tokens[i], logp: dLogp[i], entropy: dEntropy[i]), logp: statistics.rows[i], refLogp: nil,
          entropy: statistics.entropy[i], kl: 0, count: v, inverseTemperature: Self.inverseTemperature)
      }
      dValue[place] = value.gradient?[i] ?? .nan
    }
    // Relative to the largest element: a token's gradient weighs differences of log-probabilities, off by up to 1e-6,
    // by 5 w, and small elements are what is left of larger terms.
    #expect(relativeError(dLogits, try file.floats("d_logits")) < 1e-6)
    #expect(relativeError(dValue, try file.floats("d_value")) < 1e-6)
  }
}
