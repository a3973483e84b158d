/// A weight that a rule gives each token, by its key in the rule's result. Whatever is said about one of them starts from
/// this list.
package enum RuleWeight: String, CaseIterable, Sendable {
  case kl, policy, entropy
  /// No factor: the advantage itself, in place of the estimated one.
  case advantage
  case clipLow = "clip_low"
  case clipHigh = "clip_high"

  /// The column in which losses and logs see it.
  package var column: String {
    switch self {
    case .kl: "kl_weight"
    case .policy: "policy_weight"
    case .entropy: "entropy_weight"
    case .advantage, .clipLow, .clipHigh: rawValue
    }
  }

  /// Whether it is a bound of the probability ratio instead of a factor.
  package var isClipRange: Bool {
    switch self {
    case .kl, .policy, .entropy, .advantage: false
    case .clipLow, .clipHigh: true
    }
  }
}

extension TokenWeights {
  package subscript(weight: RuleWeight) -> [Float]? {
    switch weight {
    case .kl: kl
    case .policy: policy
    case .entropy: entropy
    case .advantage: advantage
    case .clipLow: clipLow
    case .clipHigh: clipHigh
    }
  }

  /// All weights that are present.
  package var given: [(weight: RuleWeight, values: [Float])] {
    RuleWeight.allCases.compactMap { weight in self[weight].map { (weight, $0) } }
  }
}
