import SwerveModel
import SwerveTensor

/// The episodes of one update, with everything that is known about their tokens before the update.
final class RolloutBatch {
  let episodes: Episodes
  let layout: TokenLayout
  let policy: TokenScores
  let reference: TokenScores
  /// The exact KL divergence of each token; empty where the reference's table would be too large.
  var klFull: [Float] { policy.divergence }
  private(set) var advantages: [Float]
  private(set) var returns: [Float]
  private(set) var rewards: [Float]
  /// The critic's estimate after the last token of each row that a limit cut off, and 0 for the other rows; nil: 0 for
  /// all rows.
  private let finalValues: [Float]?
  private let critical: [[CriticalProbe]]
  private let plan: FinetunePlan
  /// The most entries of a table of log-probabilities (tokens x V); larger tables would take more than a gigabyte.
  static let mostRowFloats = 1 << 28

  init(
    _ episodes: Episodes, plan: FinetunePlan, coefficients: Coefficients, policy: Transformer, reference: Transformer,
    scorer: Scorer, referenceScorer: Scorer
  ) throws {
    self.episodes = episodes.withoutLogits
    self.plan = plan
    let layout = episodes.layout
    self.layout = layout
    let v = policy.configuration.vocabulary
    let keepRows = layout.count * v <= Self.mostRowFloats
    if !keepRows && plan.kl.estimator == nil {
      throw ModelError(
        "the exact KL over the vocabulary needs a table of \(layout.count) tokens x \(v) entries, more than 2^28: collect fewer "
          + "episodes or use estimator k1, k2 or k3")
    }
    critical = try episodes.criticalProbes()
    // The reference first: only one of both tables has to be kept.
    self.reference = referenceScorer.score(
      reference, episodes, temperature: coefficients.temperature,
      certaintyTemperature: plan.kl.certaintyTemperature, keepRows: keepRows)
    self.policy = scorer.scoreGenerator(
      policy, episodes, temperature: coefficients.temperature, keepRows: false,
      others: keepRows ? self.reference.rows : nil, probes: critical)
    finalValues = plan.bootstraps ? scorer.finalValues(policy, episodes, where: episodes.truncated) : nil
    rewards = terminalRewards(rowLengths: episodes.generated.map(\.count), rewards: episodes.rewards)
    advantages = []
    returns = []
    estimateAdvantages()
  }

  /// If the plan puts the penalty into the reward: reward -= coef * weight * estimate, token by token. The rule has
  /// seen the advantages without the penalty.
  func penalizeRewards(_ weights: TokenWeights, coefficient: Float) {
    guard plan.kl.location == .reward else { return }
    let estimates = plan.kl.estimator?.estimates(logp: policy.logp, reference: reference.logp) ?? klFull
    for index in rewards.indices { rewards[index] -= coefficient * (weights.kl[index] * estimates[index]) }
    estimateAdvantages()
  }

  /// If the advantages use no critic, the returns are discounted sums of rewards, which a critic would learn.
  private func estimateAdvantages() {
    let lengths = episodes.generated.map(\.count)
    if plan.advantage == .gae {
      let raw = generalizedAdvantages(
        rowLengths: lengths, rewards: rewards, values: policy.value, finalValues: finalValues, gamma: plan.gamma,
        lambda: plan.gaeLambda)
      returns = SwerveRL.returns(advantages: raw, values: policy.value)
      advantages = plan.normalization.apply(to: raw)
      return
    }
    returns = generalizedAdvantages(
      rowLengths: lengths, rewards: rewards, values: [Float](repeating: 0, count: layout.count), gamma: plan.gamma,
      lambda: 1)
    guard plan.advantage.needsGroups else {
      advantages = plan.normalization.apply(to: returns)
      return
    }
    let totals = lengths.indices.map { rewards[layout.range(ofRow: $0)].reduce(0, +) }
    // Episodes of an evaluation that are shown to people have no groups; all of them count as one group.
    let group = episodes.group > 1 ? episodes.group : totals.count
    if group < 2 {
      advantages = [Float](repeating: 0, count: layout.count)
      return
    }
    let ofEpisodes = groupAdvantages(
      totals: totals, group: group, leavingOut: plan.advantage == .leaveOneOut,
      scaled: plan.normalization == .groupDeviation)
    advantages = plan.normalization.apply(
      to: zip(ofEpisodes, lengths).flatMap { [Float](repeating: $0, count: $1) })
  }

  /// A column of the whole batch, as it was collected; nil for a column that only the rule or the update computes.
  func values(_ column: Column) -> [Float]? {
    switch column.source {
    case .tokens(let read): read(layout, tokens)
    case .batch(let read, _): read(self)
    case .rule, .minibatch: nil
    }
  }

  private var tokens: [Int32] { episodes.generated.flatMap { $0 } }
  var tokenizer: any Tokenizer { episodes.tokenizer }

  /// The reference's certainty by the plan's own measure.
  var certainty: [Float] { certainty(plan.kl.certainty) }

  func certainty(_ measure: CertaintyMeasure) -> [Float] {
    reference.certainty[CertaintyMeasure.allCases.firstIndex(of: measure) ?? 0]
  }

  /// Texts of a group stand one behind the other.
  var problemNumbers: [Float] {
    (0..<layout.rows).flatMap { row in
      [Float](repeating: Float(row / max(episodes.group, 1) + 1), count: layout.length(ofRow: row))
    }
  }

  var criticalMarks: [Float] { zip(critical, episodes.generated).flatMap { $0.marks(count: $1.count) } }

  var truncatedMarks: [Float] {
    zip(episodes.truncated, episodes.generated).flatMap { [Float](repeating: $0 ? 1 : 0, count: $1.count) }
  }

  /// The columns for rules, as constants.
  func columns() -> TokenColumns {
    TokenColumns(layout: layout, tokens: tokens, tokenizer: tokenizer, names: Column.names(for: .rule)) { name in
      try Column.named(name).flatMap { self.values($0) }.map { try Tensor.constant($0, shape: .tokens(self.layout)) }
    }
  }

  /// The columns for logs: the columns that rules see, and those that the rule made.
  /// - Parameter clip: the clip range of the coefficients.
  func columns(_ weights: TokenWeights, clip: ClipRange) -> TokenColumns {
    let everything = Minibatch(self, rows: Array(0..<episodes.count), weights: weights)
    return TokenColumns(
      layout: layout, tokens: everything.tokens, tokenizer: tokenizer, names: Column.names(for: .log)
    ) { name in
      try Column.named(name).flatMap { everything.constant($0, clip: clip) }
        .map { try Tensor.constant($0, shape: .tokens(self.layout)) }
    }
  }

  /// The metrics of the batch before the update.
  func metrics(weights: TokenWeights) -> [Metric] {
    let collected = ProblemSet.collectedName
    var metrics = [
      Metric("return", episodes.meanReward), Metric("success/\(collected)", episodes.success),
      Metric("length/\(collected)", episodes.meanLength), Metric("entropy", mean(policy.entropy)),
      Metric("ref_entropy", mean(reference.entropy)),
    ]
    for estimator in KLEstimator.allCases {
      let estimates = estimator.estimates(logp: policy.logp, reference: reference.logp)
      metrics.append(Metric("kl/\(estimator.rawValue)", mean(estimates)))
    }
    metrics.append(Metric("kl/full", klFull.isEmpty ? nil : mean(klFull)))
    let percents = MetricTable.percents
    for (name, column) in [("certainty", certainty), ("weight", weights.kl)] {
      for (percent, q) in zip(percents, quantiles(column, percents.map { Double($0) / 100 }) ?? []) {
        metrics.append(Metric("\(name)/q\(percent)", q))
      }
    }
    return metrics
      + Evaluator.criticalMetrics(
        probes: critical, found: policy.probed, groups: plan.task.criticalGroups, prefix: "critical/\(collected)")
  }

  private func mean(_ values: [Float]) -> Float? { doubleMean(values).map { Float($0) } }
}
