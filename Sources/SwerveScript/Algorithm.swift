import SwerveRL
import SwerveText

/// An objective of lua/swerve, with the settings that a stage gets if the script does not give them.
struct Algorithm {
  /// The NAME of its module swerve.NAME.
  let name: String
  var advantage = AdvantageEstimator.gae
  var normalization = AdvantageNormalization.none
  var group = 1
  /// The estimator of the KL penalty.
  var estimator = "k2"
  var aggregate = "tokens"
  /// The options that this loss reads, of those that not every loss reads.
  var reads: [String] = []
  /// The parts that it logs as loss/NAME.
  var parts: [String] = []
  /// Whether it limits the ratio of probabilities, so that there is a coefficient `clip`.
  var clips: Bool { reads.contains("clip") }
  /// The default clip range.
  static let clip: Float = 0.2

  static let all = [
    Algorithm(name: "a2c", reads: ["vf"], parts: ["policy", "value", "entropy", "kl"]),
    Algorithm(
      name: "reinforce", advantage: .returns, reads: ["aggregate", "aggregate_length"],
      parts: ["policy", "entropy", "kl"]),
    Algorithm(
      name: "ppo", reads: ["vf", "aggregate", "aggregate_length", "ratio", "clip", "clip_high", "value_clip"],
      parts: ["policy", "value", "entropy", "kl", "clipped"]),
    Algorithm(
      name: "grpo", advantage: .group, normalization: .groupDeviation, group: 8, estimator: "k3",
      aggregate: "sequences", reads: ["aggregate", "aggregate_length", "ratio", "clip", "clip_high"],
      parts: ["policy", "entropy", "kl", "clipped"]),
  ]

  /// "\"reinforce\", \"ppo\" or \"grpo\"": the algorithms that read an option.
  static func names(reading option: String) -> String {
    let names = all.filter { $0.reads.containsExactly(option) }.map { quoted($0.name) }
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " or " + last
  }

  private init(
    name: String, advantage: AdvantageEstimator = .gae, normalization: AdvantageNormalization = .none, group: Int = 1,
    estimator: String = "k2", aggregate: String = "tokens", reads: [String], parts: [String]
  ) {
    self.name = name
    self.advantage = advantage
    self.normalization = normalization
    self.group = group
    self.estimator = estimator
    self.aggregate = aggregate
    self.reads = reads
    self.parts = parts
  }
}
