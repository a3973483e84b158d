import SwerveTensor

// Advantages over the generated tokens of a batch of episodes. Columns are packed: row after row, each as long as its
// episode.

/// Rewards per token for episodes that are rewarded at their last token only.
/// - Parameters:
///   - rowLengths: tokens of each episode, each at least 1.
///   - rewards: one per episode.
/// - Returns: one number per token, 0 except at the last of each row.
package func terminalRewards(rowLengths: [Int], rewards: [Float]) -> [Float] {
  precondition(rowLengths.count == rewards.count, "one reward per row")
  var column = [Float](repeating: 0, count: rowLengths.reduce(0, +))
  var end = 0
  for (length, reward) in zip(rowLengths, rewards) {
    precondition(length > 0, "an episode has at least one token")
    end += length
    column[end - 1] = reward
  }
  return column
}

/// The value that generalized advantage estimation assumes after the last token of an answer that a length limit ended.
package enum TruncatedEnd: String, CaseIterable, Sendable {
  /// 0, as for any other answer.
  case terminal
  /// The critic's estimate of what would have followed (Pardo et al., "Time Limits in Reinforcement Learning", arXiv 1712.00378).
  case bootstrap
}

/// Generalized advantage estimation (Schulman et al., 2016), separately for each episode.
///
///     delta_t = (reward_t + gamma * value_{t+1}) - value_t         value after the last token: `finalValues`
///     advantage_t = delta_t + (gamma * lambda) * advantage_{t+1}   advantage after the last token: 0
///
/// Order: from the last token back, the operations as written, none of them fused. O(tokens).
/// - Parameters:
///   - rowLengths: tokens of each episode.
///   - rewards: one per token; see `terminalRewards`.
///   - values: the critic's estimate before each token.
///   - finalValues: one per episode, the value after its last token; nil: 0 for all.
///   - gamma: discount, in 0...1.
///   - lambda: 0 is the one-step error, 1 the whole return minus the value; in 0...1.
/// - Returns: one advantage per token.
package func generalizedAdvantages(
  rowLengths: [Int], rewards: [Float], values: [Float], finalValues: [Float]? = nil, gamma: Float, lambda: Float
) -> [Float] {
  let count = rowLengths.reduce(0, +)
  precondition(rewards.count == count && values.count == count, "one reward and one value per token")
  precondition(finalValues.map { $0.count == rowLengths.count } ?? true, "one final value per row")
  var advantages = [Float](repeating: 0, count: count)
  let decay = gamma * lambda
  var start = 0
  for (row, length) in rowLengths.enumerated() {
    var nextValue = finalValues?[row] ?? 0
    var nextAdvantage: Float = 0
    for i in (start..<start + length).reversed() {
      let delta = (rewards[i] + gamma * nextValue) - values[i]
      nextAdvantage = delta + decay * nextAdvantage
      nextValue = values[i]
      advantages[i] = nextAdvantage
    }
    start += length
  }
  return advantages
}

/// The critic's targets: advantage + value, token by token. Pass the advantages from before normalization.
package func returns(advantages: [Float], values: [Float]) -> [Float] {
  precondition(advantages.count == values.count, "one value per advantage")
  return zip(advantages, values).map { $0 + $1 }
}

/// How the advantages of a batch are normalized before the policy loss.
package enum AdvantageNormalization: String, CaseIterable, Sendable {
  case none
  /// a - mean(a)
  case mean
  /// (a - mean(a)) / (std(a) + 1e-8), with the population's standard deviation.
  case meanAndDeviation = "mean_std"
  /// Divides each episode's advantage by the standard deviation of its group; see `groupAdvantages`.
  case groupDeviation = "group_std"

  /// Keeps the quotient finite when all advantages are equal.
  package static let epsilon = 1e-8

  /// Normalizes over all tokens of the batch together. Equal advantages become exactly 0, because they teach nothing;
  /// so does a single one.
  ///
  /// Order: computed in Double, each result rounded once; the mean is a `doubleMean`, the standard deviation a
  /// `doubleStandardDeviation` around it.
  package func apply(to advantages: [Float]) -> [Float] {
    guard self == .mean || self == .meanAndDeviation, let mean = doubleMean(advantages) else { return advantages }
    let centred = advantages.map { Double($0) - mean }
    if self == .mean { return centred.map { Float($0) } }
    let standardDeviation = doubleStandardDeviation(advantages, around: mean)
    return centred.map { Float($0 / (standardDeviation + Self.epsilon)) }
  }
}
