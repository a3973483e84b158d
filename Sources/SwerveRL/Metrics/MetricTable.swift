import SwerveText

/// A metric, or a family of metrics: its name, what it is, and who measures it.
package struct MetricRow: Sendable {
  package enum Unit: String, Sendable {
    case nats
    /// A rate over a known number of episodes.
    case shareOfEpisodes = "share of episodes"
    case probability
    case tokens
    case reward
    case count
    /// A number whose unit is up to the loss, the rule or the schedule.
    case number
    case tokensPerSecond = "tokens/s"
    /// From 0 to 1, over documents or labels.
    case score = "0 to 1"
  }

  /// What one number is measured over.
  package enum Scope: String, CaseIterable, Sendable {
    case step
    case minibatches
    case batch
    case evaluation
    case clock

    package var doc: String {
      switch self {
      case .step: "A number of the whole step"
      case .minibatches: "The mean over the minibatches of the update that have the number, in double precision"
      case .batch:
        "Over the episodes that were collected for the update, before the weights change; null where there was nothing to "
          + "measure"
      case .evaluation: "Over the episodes of one set in an evaluation; null where there was nothing to measure"
      case .clock:
        "Measured on this machine and never compared: it stands in `not_compared`. The recorder adds `seconds` and "
          + "`peak_memory_bytes`, what the run has taken so far, and of several ranks what rank 0 gave to others in the step, "
          + "`exchanged_mib`, and how long that took with its waiting, `exchange_seconds`"
      }
    }
  }

  /// Pages and lines that show some metrics only.
  package struct Views: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// A chart of the training in a report.
    package static let chart = Views(rawValue: 1)
    /// The list of runs.
    package static let list = Views(rawValue: 2)
    /// The main metric of a progress line where a stage collects episodes.
    package static let goal = Views(rawValue: 4)
    /// The main metric of a progress line of every other stage.
    package static let goalWithoutEpisodes = Views(rawValue: 8)
    /// The distance from the reference in a progress line.
    package static let distance = Views(rawValue: 16)
  }

  package let pattern: MetricPattern
  package let unit: Unit
  package let scope: Scope
  /// The kinds of stages that measure it.
  package let kinds: [String]
  package let formula: String
  /// Which of its values is the best where `keep.best` names it without a `mode`.
  package let best: BestMetric.Mode
  /// Where it is shown in particular.
  let views: Views
  /// Of a family with one variable, the values that these views show, the most informative first; empty: all.
  let shownValues: [String]

  init(
    _ pattern: String, _ unit: Unit, _ scope: Scope, _ kinds: [String], best: BestMetric.Mode = .max,
    in views: Views = [], showing shownValues: [String] = [], _ formula: String
  ) {
    self.pattern = MetricPattern(pattern)
    self.unit = unit
    self.scope = scope
    self.kinds = kinds
    self.formula = formula
    self.best = best
    self.views = views
    self.shownValues = shownValues
  }

  /// The names that the views of the row show.
  var shownNames: [String] {
    shownValues.isEmpty ? [pattern.glob] : shownValues.map { value in pattern.name { _ in value } }
  }
}

/// Every metric that a run may log, a row for each, in the order in which a step logs them. The names that schedules
/// may read, the metrics that count as evaluations, and docs/metrics.md are derived from it. A new metric needs a row
/// here and the line that measures it.
package enum MetricTable {
  private static let pretrain = StageKind.pretrain
  private static let finetune = StageKind.finetune
  private static let classify = StageKind.classify
  private static let collected = ProblemSet.collectedName

  /// The quantiles of certainties and weights, in percent.
  static let percents = [1, 5, 10, 25, 50]

  package static let rows: [MetricRow] = ofSteps + ofTrees

  /// What scores of classification are, for each set and inference rule.
  private static let ofTrees = HierarchyMetric.allCases.map { metric in
    MetricRow(
      metric.pattern, .score, .evaluation, [classify], best: metric.isLoss ? .min : .max,
      in: metric.isListed ? .list : [], metric.formula)
  }

  private static let ofSteps: [MetricRow] = [
    MetricRow(
      "loss", .number, .minibatches, [pretrain, finetune, classify], best: .min,
      in: [.chart, .list, .goalWithoutEpisodes],
      "what the step descends; in pre-training, which has one batch a step, the mean of -log p of the next token"),
    MetricRow(
      "loss/PART", .number, .minibatches, [finetune, classify], best: .min, "a part of the loss, its second result"),
    MetricRow(
      "minibatches/loss/OWN", .count, .step, [finetune],
      "minibatches that the mean `loss/OWN` is over, where not all of the update's have that part"),
    MetricRow(
      "objective", .number, .step, [classify], best: .min,
      "of `fit`: the mean loss over all documents, plus `l2` / 2 times the sum of squares of the head's weights"),
    MetricRow(
      "grad_norm", .number, .minibatches, [pretrain, finetune, classify], best: .min,
      "the Euclidean norm of the gradient over all weights, before `max_grad_norm` clips it"),
    MetricRow(
      "grad_max", .number, .step, [classify], best: .min,
      "of `fit`: the largest element of the objective's gradient, in magnitude"),
    MetricRow(
      "step_size", .number, .step, [classify], "of `fit`: how far the step went along its direction; 0: nowhere"),
    MetricRow("evaluations", .count, .step, [classify], "of `fit`: how often the step computed the objective"),
    MetricRow(
      "return", .reward, .batch, [finetune], in: [.chart, .list], "the mean over episodes of the reward"),
    MetricRow(
      "success/\(collected)", .shareOfEpisodes, .batch, [finetune], in: [.chart, .list, .goal],
      "collected episodes that the task counts as a success"),
    MetricRow("length/\(collected)", .tokens, .batch, [finetune], "the mean number of generated tokens of an episode"),
    MetricRow(
      "entropy", .nats, .batch, [finetune], in: .chart,
      "the mean over tokens of the policy's entropy before the token"),
    MetricRow(
      "ref_entropy", .nats, .batch, [finetune], "the mean over tokens of the reference's entropy before the token"),
    MetricRow(
      "kl/ESTIMATOR", .nats, .batch, [finetune], best: .min, in: [.chart, .distance], showing: ["full", "k2"],
      "the mean over tokens, with d = logp - ref_logp: k1 d, k2 d*d/2, k3 exp(-d)-1+d, full the exact divergence over the "
        + "vocabulary; null where the table that full needs is too large"),
    MetricRow(
      "certainty/qPERCENT", .number, .batch, [finetune],
      "a quantile over tokens of the column `certainty`, between two tokens on the straight line"),
    MetricRow(
      "weight/qPERCENT", .number, .batch, [finetune], "the same quantile of the rule's weights of the KL penalty"),
    MetricRow(
      "critical/\(collected)/GROUP", .probability, .batch, [finetune],
      "the mean of the policy's probability of the right character at the group's critical tokens"),
    MetricRow("lr", .number, .step, [pretrain, finetune, classify], "the learning rate"),
    MetricRow("head_lr", .number, .step, [classify], "the learning rate of the head that gives labels their scores"),
    MetricRow("critic_lr", .number, .step, [finetune], "the learning rate of the critic's own tensors"),
    MetricRow("temperature", .number, .step, [finetune], "the temperature of sampling and of every log-probability"),
    MetricRow("coef/COEFFICIENT", .number, .step, [finetune, classify], "what the schedule of the coefficient gave"),
    MetricRow(
      "tokens", .tokens, .step, [pretrain, classify],
      "tokens that the step's texts predict; in classification, tokens of its documents"),
    MetricRow("documents", .count, .step, [classify], "documents of the step"),
    MetricRow("rule/NUMBER", .number, .batch, [finetune], "as the rule gave it, such as a schedule of its own"),
    MetricRow("log/NAME", .number, .batch, [finetune], in: .chart, "as `log` gave it"),
    MetricRow(
      "success/SET", .shareOfEpisodes, .evaluation, [pretrain, finetune], in: .list,
      "episodes of the set that the task counts as a success"),
    MetricRow(
      "length/SET", .tokens, .evaluation, [pretrain, finetune], "the mean number of generated tokens of an episode"),
    MetricRow(
      "critical/SET/GROUP", .probability, .evaluation, [pretrain, finetune],
      "the mean of the model's probability of the right character at the group's critical tokens"),
    MetricRow(
      "tokens_per_second", .tokensPerSecond, .clock, [pretrain, finetune, classify],
      "tokens that were trained on in a second"),
  ]

  private static let evaluations = rows.filter { $0.scope == .evaluation }

  /// The row of a metric's name; nil for a name that no stage logs. The first row that matches counts, so success/train
  /// is about the episodes that were collected.
  package static func row(of name: String) -> MetricRow? { rows.first { $0.pattern.matches(name) } }

  /// Whether a metric comes from an evaluation. Metrics such as success/train do not: they are measured while
  /// collecting.
  /// - Parameter unit: only metrics of this unit count; nil: metrics of any unit.
  package static func isEvaluation(_ name: String, unit: MetricRow.Unit? = nil) -> Bool {
    // Most names are excluded by their prefix.
    guard evaluations.contains(where: { $0.pattern.matches(name) }), let row = row(of: name) else { return false }
    return row.scope == .evaluation && unit.map { $0 == row.unit } ?? true
  }

  /// Whether a view shows a metric.
  package static func isShown(_ name: String, in view: MetricRow.Views) -> Bool {
    guard let row = row(of: name), row.views.contains(view) else { return false }
    return row.shownValues.isEmpty || row.shownNames.containsExactly(name)
  }

  /// Names in the order in which people look for them: success in evaluations and the area under the hP-hR curve, success
  /// while collecting and the accuracy of leaves, reward and hF1, the distance from the reference, and the rest. Names of the same kind keep their order.
  package static func byProminence(_ names: [String]) -> [String] {
    let ranked = names.enumerated().map { (rank: rank(of: $1), index: $0, name: $1) }
    return ranked.sorted { ($0.rank, $0.index) < ($1.rank, $1.index) }.map(\.name)
  }

  /// Whether it is one of those that people look for first.
  package static func isHeadline(_ name: String) -> Bool { rank(of: name) < 4 }

  private static func rank(of name: String) -> Int {
    guard let row = row(of: name) else { return 4 }
    switch row.unit {
    case .score:
      switch HierarchyMetricName(name)?.metric {
      case .areaUnderCurve: return 0
      case .leafAccuracy: return 1
      case .f1: return 2
      default: return 4
      }
    case .shareOfEpisodes: return row.scope == .evaluation ? 0 : 1
    case .reward: return 2
    default: return isShown(name, in: .distance) ? 3 : 4
    }
  }

  /// The names that a view shows, with `*` for variables.
  package static func names(in view: MetricRow.Views) -> [String] {
    rows.filter { $0.views.contains(view) }.flatMap(\.shownNames)
  }

  /// The rates that evaluations give, as options of commands take them: "success/*".
  package static let rateGlobs = evaluations.filter { $0.unit == .shareOfEpisodes }.map(\.pattern.glob)

  /// The names of the rates that an evaluation on a set gives.
  package static func rates(ofSet set: String) -> [String] {
    evaluations.filter { $0.unit == .shareOfEpisodes }.map { $0.pattern.name { _ in set } }
  }
}
