import SwerveTensor

/// Estimates of the KL divergence of the policy from the reference, one per sampled token (Schulman, "Approximating KL
/// divergence", 2020). With a drawn from the policy and d = log pi(a|s) - log pi_ref(a|s):
package enum KLEstimator: String, CaseIterable, Sendable {
  /// d. Unbiased; its sign varies.
  case k1
  /// d * d / 2. Biased; never negative.
  case k2
  /// exp(-d) - 1 + d. Unbiased; never negative.
  case k3

  /// One estimate per token.
  /// - Parameters:
  ///   - logp: log-probability of each token under the policy.
  ///   - reference: the same under the reference, at the same temperature.
  package func estimates(logp: [Float], reference: [Float]) -> [Float] {
    precondition(logp.count == reference.count, "one reference log-probability per token")
    return zip(logp, reference).map { estimate($0 - $1) }
  }

  /// The estimate for one difference of log-probabilities.
  package func estimate(_ d: Float) -> Float {
    switch self {
    case .k1: d
    case .k2: d * d * 0.5
    case .k3: abs(d) < 0.5 ? Self.k3Series(d) : exactExp(-d) - 1 + d
    }
  }

  /// d² / 2! - d³ / 3! + d⁴ / 4! - ... up to d¹⁰, by Horner's rule from the last term, times d², nothing fused.
  ///
  /// For a small d, the subtraction would lose all digits and could give a negative number. At |d| = 0.5 the terms left
  /// out are below 1e-10 of the sum.
  private static func k3Series(_ d: Float) -> Float {
    var sum: Float = 1 / 3_628_800
    for coefficient in k3Coefficients { sum = coefficient - d * sum }
    return d * d * sum
  }

  /// 1/9!, 1/8!, ... 1/2!
  private static let k3Coefficients: [Float] = [
    1 / 362_880, 1 / 40_320, 1 / 5_040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2,
  ]
}
