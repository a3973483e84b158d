import SwerveRL

/// What people read about the weights of a rule.
extension RuleWeight {
  /// As errors name it.
  var subject: String { self == .advantage ? rawValue : "\(rawValue) weight" }

  /// The subject as a sentence begins with it.
  var anySubject: String { self == .advantage || self == .entropy ? "an \(subject)" : "a \(subject)" }

  /// What it is, for editors and docs/api.md.
  var doc: String {
    switch self {
    case .kl: "weight of the KL penalty, at least 0 unless `kl.allow_negative`; 1 without"
    case .policy: "weight of the policy term, at least 0 unless `kl.allow_negative`; 1 without"
    case .entropy: "weight of the entropy term, at least 0 unless `kl.allow_negative`; 1 without"
    case .advantage:
      "the advantage itself, any finite number, in place of the estimated one; what the critic learns stays as it is"
    case .clipLow: "lower clip range, in [0, 1], for losses that clip"
    case .clipHigh: "upper clip range, at least 0, for losses that clip"
    }
  }

  /// What a value below 0 does, and how to allow it; nil if it is never allowed.
  var hintForNegative: String? {
    let effect: String? =
      switch self {
      case .kl: "rewards leaving the reference"
      case .policy: "teaches the opposite of the advantage"
      case .entropy: "turns the bonus into a penalty"
      case .advantage, .clipLow, .clipHigh: nil
      }
    return effect.map { "a weight below 0 \($0); if that is meant, set kl.allow_negative = true" }
  }
}
