import Foundation
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// The quantities of rl.safetensors that need no gradient. B, T and V come from the file.
@Suite
struct RLQuantityFixtureTests {
  let file: TensorFile
  /// Places of the masked-in tokens, row after row.
  let places: [Int]
  let rowLengths: [Int]
  let vocabulary: Int

  init() throws {
    file = try Fixtures.tensors("rl.safetensors")
    let shape = try file.shape("ref_logits")
    vocabulary = shape[2]
    let mask = try file.floats("mask")
    places = mask.indices.filter { mask[$0] == 1 }
    rowLengths = (0..<shape[0]).map { row in mask[row * shape[1]..<(row + 1) * shape[1]].count { $0 == 1 } }
  }

  private func packed(_ name: String) throws -> [Float] {
    let all = try file.floats(name)
    return places.map { all[$0] }
  }

  /// The stored log-probabilities are rounded to float32, so their difference d is off by up to half an ulp of each,
  /// and k by |k'(d)| times that. Beyond it: 2^-23 relative for k1 and k2, 2e-6 for k3, whose terms cancel to a tenth
  /// at |d| = 0.5.
  @Test(arguments: KLEstimator.allCases)
  func matchesKLEstimates(estimator: KLEstimator) throws {
    let logp = try file.floats("logp")
    let reference = try file.floats("ref_logp")
    let slope: (Double) -> Double = { d in
      switch estimator {
      case .k1: 1
      case .k2: abs(d)
      case .k3: abs(1 - exp(-d))
      }
    }
    let found = estimator.estimates(logp: logp, reference: reference)
    let difference = mismatch(
      found, try file.floats(estimator.rawValue), relative: estimator == .k3 ? 2e-6 : 0x1p-23, absolute: 1e-12
    ) { place in
      // Rounding of the two inputs and of d itself.
      let rounding = Double(logp[place].ulp + reference[place].ulp + (logp[place] - reference[place]).ulp) / 2
      return rounding * (slope(Double(logp[place]) - Double(reference[place])) + rounding)
    }
    #expect(difference == nil)
  }

  /// The file's logits are rounded from float64: half an ulp of a logit near 10 moves a probability by 1e-7 at tau_w =
  /// 4.
  @Test(arguments: [CertaintyMeasure.maxProb, .negentropyMaxProb, .negentropy])
  func matchesCertainties(measure: CertaintyMeasure) throws {
    let found = measure.certainties(
      logits: try file.floats("ref_logits"), tokens: try file.integers("actions").map(Int32.init),
      vocabulary: vocabulary, temperature: 4)
    let expected = try file.floats("certainty_" + measure.rawValue)
    #expect(mismatch(found, expected, relative: 1e-6, absolute: 3e-7) == nil)
  }

  /// The stored certainty is rounded by 6e-8 relative, which the exponent multiplies: alpha * 6e-8, and 3e-7 for the
  /// rest. Below 2^-126 float32 has no relative accuracy.
  @Test(arguments: [0, 1, 20, 150])
  func matchesWeights(alpha: Int) throws {
    let certainty = try file.floats("certainty_negentropy_max_prob")
    let found = try certaintyWeights(certainty, alpha: Float(alpha))
    let expected = try file.floats("weight_\(alpha)")
    #expect(mismatch(found, expected, relative: Double(alpha) * 0x1p-24 + 3e-7, absolute: 0x1p-126) == nil)
  }

  /// 1.5 c^20 and -0.5 cancel, so the room is absolute: 20 * 6e-8 of a term of at most 1.5.
  @Test func matchesWeightsWithAnIntercept() throws {
    let certainty = try file.floats("certainty_negentropy_max_prob")
    let found = try certaintyWeights(certainty, alpha: 20, intercept: -0.5)
    #expect(mismatch(found, try file.floats("weight_20_intercept_-0.5"), absolute: 2e-6) == nil)
  }

  /// Sums of at most T terms of size up to 5 in float32.
  @Test func matchesAdvantagesAndReturns() throws {
    let values = try packed("value")
    let found = generalizedAdvantages(
      rowLengths: rowLengths, rewards: terminalRewards(rowLengths: rowLengths, rewards: try file.floats("reward")),
      values: values, gamma: 1, lambda: 0.95)
    #expect(mismatch(found, try packed("advantage"), relative: 1e-6, absolute: 1e-6) == nil)
    #expect(
      mismatch(returns(advantages: found, values: values), try packed("return_"), relative: 1e-6, absolute: 1e-6) == nil
    )
  }
}
