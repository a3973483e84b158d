import SwerveText

/// The KL penalty of a fine-tuning stage.
package struct KLPlan {
  /// Where the penalty enters.
  package enum Location: String, CaseIterable, Sendable {
    /// coef * mean(weight * estimate) in the loss.
    case loss
    /// -coef * weight * estimate, added to each token's reward.
    case reward
  }

  package var coefficient: Schedule
  /// k1, k2, k3 on the sampled token, or nil for `full`: exact over the vocabulary.
  package var estimator: KLEstimator?
  /// What the script calls the estimate, where it is one with another gradient: "k3_unbiased" has the value of k3.
  package var variant: ExactString?
  package var location: Location
  /// tau_w of the certainty.
  package var certaintyTemperature: Float
  /// Which measure the column `certainty` holds.
  package var certainty: CertaintyMeasure
  package var rule: (any TokenRule)?

  package init(
    coefficient: Schedule, estimator: KLEstimator?, variant: String? = nil, location: Location,
    certaintyTemperature: Float, certainty: CertaintyMeasure, rule: (any TokenRule)?
  ) {
    self.coefficient = coefficient
    self.estimator = estimator
    self.variant = variant.map { ExactString($0) }
    self.location = location
    self.certaintyTemperature = certaintyTemperature
    self.certainty = certainty
    self.rule = rule
  }
}
