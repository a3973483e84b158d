import SwerveRL

/// The settings that a loss gets besides this step's coefficients; they are the same at every step.
struct LossConstants {
  /// The value of the option `kl.estimator`.
  var estimator: String
  /// tokens, sequences or constant.
  var aggregate = "tokens"
  /// token or sequence.
  var ratio = "token"
  var aggregateLength: Int?
  /// plain or clipped.
  var valueLoss = "plain"

  var words: [(name: String, value: String)] {
    [("estimator", estimator), ("aggregate", aggregate), ("ratio", ratio), ("value_loss", valueLoss)]
  }

  static let aggregates = ["tokens", "sequences", "constant"]
  static let ratios = ["token", "sequence"]
  static let valueLosses = ["plain", "clipped"]
  /// They have the value of k3 but a different gradient.
  static let gradientEstimators = ["k3_straight", "k3_unbiased"]
  static let estimators = KLEstimator.allCases.map(\.rawValue) + ["full"] + gradientEstimators
}
