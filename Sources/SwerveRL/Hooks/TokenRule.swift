import SwerveTensor

/// What a rule returns for each generated token of a batch.
package struct TokenWeights {
  /// Weight of the KL penalty.
  package var kl: [Float]
  /// Weight of the policy term; nil: 1.
  package var policy: [Float]?
  /// Weight of the entropy term; nil: 1.
  package var entropy: [Float]?
  /// The advantage in place of the estimated one; nil: the estimated one.
  package var advantage: [Float]?
  /// Bounds of the probability ratio in losses that clip it; nil: the coefficient's.
  package var clipLow: [Float]?
  package var clipHigh: [Float]?
  /// The values of the rule's own schedules, such as alpha, to be logged.
  package var coefficients: [Metric] = []

  package init(kl: [Float]) { self.kl = kl }
}

/// The step at which a rule is called, and what it gets besides the columns.
package struct RuleContext {
  /// From 1.
  package let step: Int
  /// A random stream for this rule and this step only.
  package let rng: RandomCursor
  /// The metrics of the previous step; empty at the first step.
  package let metrics: [Metric]
  /// True if the weights are only shown to people. Then the rule's memory must not change.
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
  /// - Parameter columns: all generated tokens of the batch; no column is differentiable.
  func weights(_ columns: TokenColumns, in context: RuleContext) throws -> TokenWeights

  /// The rule's own schedules by name, for plans.
  var schedules: [(name: String, schedule: Schedule)] { get }
}

extension TokenRule {
  package var schedules: [(name: String, schedule: Schedule)] { [] }
}
