import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveText

/// Sums of two numbers with two digits after two solved ones, as examples/smollm2/sums.lua poses them.
struct BenchSums: Task {
  static let episodes = 64
  private static let group = 4
  private static let answerTokens = 8

  let name = "sums"
  let tokenizer: any Tokenizer
  let pad: String? = nil
  let problemSets = [ProblemSet.training]
  let longestTrainingText = 0

  func problem(in set: ProblemSet, using cursor: inout RandomCursor) -> any Problem {
    Sum(a: 10 + cursor.below(90), b: 10 + cursor.below(90))
  }

  func trainingText(using cursor: inout RandomCursor) throws -> TrainingText {
    throw TaskError("the task of swerve bench has no texts to pre-train on")
  }

  func longestText(in set: ProblemSet) throws -> Int {
    try tokenizer.encodePrompt(Sum(a: 99, b: 99).prompt).count + Self.answerTokens
  }

  struct Sum: Problem {
    let a: Int
    let b: Int
    var prompt: String { "12 + 5 = 17\n8 + 31 = 39\n\(a) + \(b) =" }
    let solution: String? = nil
    let episodeLimit = BenchSums.answerTokens

    func makeEpisodeEnd() -> any EpisodeEnd { TextEnd(nil, reason: .answered, limit: episodeLimit) }

    /// Whether the answer begins with the sum.
    func reward(generated: String) -> Float {
      let digits = generated.utf8.drop { $0 == UInt8(ascii: " ") }.prefix { (48...57).contains($0) }
      return Int(String(decoding: digits, as: UTF8.self)) == a + b ? 1 : 0
    }
  }

  /// The settings of TRL's trainer in the comparison: one epoch, one minibatch, k3 with a coefficient of 0.05.
  static func plan(tokenizer: any Tokenizer, updates: Int) -> FinetunePlan {
    let kl = KLPlan(
      coefficient: .constant(0.05), estimator: .k3, location: .loss, certaintyTemperature: 1,
      certainty: .negentropyMaxProb, rule: nil)
    var plan = FinetunePlan(
      name: "bench", source: .fresh, task: BenchSums(tokenizer: tokenizer), objective: GroupRelative(),
      updates: updates, episodes: episodes, minibatch: episodes, temperature: .constant(1),
      learningRate: .constant(1e-5), valueCoefficient: .constant(0), entropyCoefficient: .constant(0), kl: kl,
      optimizer: AdamW.Options(), evaluation: nil)
    plan.advantage = .group
    plan.group = group
    plan.normalization = .groupDeviation
    plan.criticWidth = 0
    return plan
  }
}

/// The loss of lua/swerve/grpo.lua for one pass over the episodes, without Lua: ratio is exp(logp - old_logp), clipped
/// at 0.2, and k3 = exp(d) - d - 1 with d = ref_logp - logp.
private struct GroupRelative: Objective {
  let readsLogits = false

  func loss(_ columns: TokenColumns, coefficients: [Metric], step: Int) throws -> LossValue {
    func column(_ name: String) throws -> Tensor {
      guard let tensor = try columns.column(name) else { throw TaskError("there is no column \(name)") }
      return tensor
    }
    let logp = try column("logp")
    let ratio = try logp.sub(column("old_logp")).exp()
    let advantage = try column("advantage")
    let gain = try ratio.mul(advantage).min(ratio.clamp(lo: 0.8, hi: 1.2).mul(advantage))
    let distance = try column("ref_logp").sub(logp)
    let penalty = try distance.exp().sub(distance).sub(.scalar(1)).mean()
    let coefficient = coefficients.first { $0.name === "kl" }?.value ?? 0
    return LossValue(total: try gain.mean().neg().add(penalty.mul(.scalar(coefficient))), parts: [])
  }
}
