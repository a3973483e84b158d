/// A weight that a rule gives each token, by its key in the rule's result.
enum RuleWeight: String, CaseIterable {
  case kl, policy, entropy
  case clipLow = "clip_low"
  case clipHigh = "clip_high"

  /// As errors name it.
  var subject: String { "\(rawValue) weight" }

  /// What a value below 0 does, and how to allow it; nil if it is never allowed.
  var hintForNegative: String? {
    let effect: String? =
      switch self {
      case .kl: "rewards leaving the reference"
      case .policy: "teaches the opposite of the advantage"
      case .entropy: "turns the bonus into a penalty"
      case .clipLow, .clipHigh: nil
      }
    return effect.map { "a weight below 0 \($0); if that is meant, set kl.allow_negative = true" }
  }
}
