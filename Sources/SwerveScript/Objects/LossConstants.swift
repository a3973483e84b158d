import SwerveRL

/// What a loss sees beside this step's numbers: the same at every step.
struct LossConstants {
  /// As the option `kl.estimator` says.
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
  /// They have the value of k3, and a gradient of their own.
  static let gradientEstimators = ["k3_straight", "k3_unbiased"]
  static let estimators = KLEstimator.allCases.map(\.rawValue) + ["full"] + gradientEstimators
}
