/// How the advantage of each token follows from the rewards of a batch of episodes.
package enum AdvantageEstimator: String, CaseIterable, Sendable {
  /// Generalized advantage estimation over the critic's values (Schulman et al., 2016).
  case gae
  /// The discounted return from the token on, without a baseline (Williams, 1992).
  case returns = "return"
  /// The episode's total reward minus the mean of its group (GRPO, arXiv 2402.03300). A group is the episodes of one
  /// problem. All tokens of an episode have the same advantage.
  case group
  /// The same, with the mean of the other episodes of the group (RLOO, arXiv 2402.14740).
  case leaveOneOut = "leave_one_out"

  var needsGroups: Bool { self == .group || self == .leaveOneOut }
}

/// Keeps the quotient finite in a group of equal rewards, so that the advantages are 0.
private let groupEpsilon = 1e-4

/// The advantage of each episode in its group.
///
///     total - mean                        all totals of the group in order, divided once
///     total - (sum - total) / (n - 1)     leaving the episode itself out
///
/// With `scaled`, the result is divided by std + 1e-4, where std is the sample standard deviation (n - 1). Sums are
/// chains in the order of episodes. Everything is computed in Double, and each result is rounded once, so in a group of
/// equal totals every advantage is exactly 0.
/// - Parameters:
///   - totals: one per episode; the episodes of a group are adjacent.
///   - group: episodes of a group, at least 2; divides the number of episodes.
package func groupAdvantages(totals: [Float], group: Int, leavingOut: Bool, scaled: Bool) -> [Float] {
  precondition(group >= 2 && totals.count % group == 0, "whole groups of two episodes or more")
  var advantages: [Float] = []
  advantages.reserveCapacity(totals.count)
  for first in stride(from: 0, to: totals.count, by: group) {
    let own = totals[first..<first + group].map { Double($0) }
    let sum = own.reduce(0, +)
    let mean = sum / Double(group)
    let centred = own.map { leavingOut ? $0 - (sum - $0) / Double(group - 1) : $0 - mean }
    let squares = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let scale = scaled ? (squares / Double(group - 1)).squareRoot() + groupEpsilon : 1
    advantages += centred.map { Float($0 / scale) }
  }
  return advantages
}
