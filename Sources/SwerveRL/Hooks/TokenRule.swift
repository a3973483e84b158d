import SwerveTensor

/// What a rule says of each generated token of a batch.
package struct TokenWeights {
  /// Weight of the KL penalty.
  package var kl: [Float]
  /// Weight of the policy term; nil: 1.
  package var policy: [Float]?
  /// Weight of the entropy term; nil: 1.
  package var entropy: [Float]?
  /// Bounds of the probability ratio in losses that clip it; nil: the coefficient's.
  package var clipLow: [Float]?
  package var clipHigh: [Float]?
  /// What the rule's own schedules gave, to be logged: alpha, for example.
  package var coefficients: [Metric] = []

  package init(kl: [Float]) { self.kl = kl }

  /// Each that there is, by the name that a rule gives it.
  package var named: [(name: String, values: [Float])] {
    let all = [
      ("kl", kl), ("policy", policy), ("entropy", entropy), ("clip_low", clipLow), ("clip_high", clipHigh),
    ]
    return all.compactMap { name, values in values.map { (name, $0) } }
  }
}

/// When and with what a rule is asked.
package struct RuleContext {
  /// From 1.
  package let step: Int
  /// A stream of this rule's own for this step.
  package let rng: RandomCursor
  /// Of the step before; empty at the first.
  package let metrics: [Metric]
  /// Weights for people to read: what the rule remembers must stay as it is.
  package let isTrial: Bool

  package init(step: Int, rng: RandomCursor, metrics: [Metric] = [], isTrial: Bool = false) {
    self.step = step
    self.rng = rng
    self.metrics = metrics
    self.isTrial = isTrial
  }
}

/// Weighs the tokens of a collected batch before the update.
package protocol TokenRule {
  /// - Parameter columns: over all generated tokens of the batch; none is differentiable.
  func weights(_ columns: TokenColumns, in context: RuleContext) throws -> TokenWeights

  /// The numbers of its own that change over the steps, by name, for plans.
  var schedules: [(name: String, schedule: Schedule)] { get }
}

extension TokenRule {
  package var schedules: [(name: String, schedule: Schedule)] { [] }
}
