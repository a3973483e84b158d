import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveText

/// Episodes of one length for measuring: a prompt of one token, an answer up to the end of the context, and a reward of
/// +-1 that depends on the text.
struct BenchTask: Task, Problem {
  let name = "bench"
  let tokenizer: any Tokenizer
  let pad: String? = nil
  let problemSets = [ProblemSet.training]
  /// The number of generated tokens of an episode.
  let episodeLimit: Int
  let prompt = "a"
  let solution: String? = nil
  let longestTrainingText = 0

  init(episodeLimit: Int) throws {
    tokenizer = try CharacterTokenizer(alphabet: "abcdefghijklmnopqrstuvwx")
    self.episodeLimit = episodeLimit
  }

  func problem(in set: ProblemSet, using cursor: inout RandomCursor) -> any Problem { self }

  func trainingText(using cursor: inout RandomCursor) throws -> TrainingText {
    throw TaskError("the task of swerve bench has no texts to pre-train on")
  }

  func longestText(in set: ProblemSet) -> Int { episodeLimit + 1 }

  func makeEpisodeEnd() -> any EpisodeEnd { TextEnd(nil, reason: .answered, limit: episodeLimit) }

  func reward(generated: String) -> Float { (generated.unicodeScalars.last?.value ?? 0) % 2 == 0 ? 1 : -1 }

  /// The same fine-tuning as PyTorch's side of the comparison: Adam without clipping, k2, certainty^20 at temperature
  /// 4.
  static func plan(context: Int, updates: Int) throws -> FinetunePlan {
    var optimizer = AdamW.Options()
    optimizer.decay = 0
    optimizer.clip = 0
    let kl = KLPlan(
      coefficient: .constant(5), estimator: .k2, location: .loss, certaintyTemperature: 4,
      certainty: .negentropyMaxProb, rule: CertaintyRule())
    return FinetunePlan(
      name: "bench", source: .fresh, task: try BenchTask(episodeLimit: context - 1), objective: WeighedA2C(),
      updates: updates, episodes: 50, minibatch: 10, temperature: .constant(1), learningRate: .constant(1e-4),
      valueCoefficient: .constant(0.1), entropyCoefficient: .constant(0.001), kl: kl, optimizer: optimizer,
      evaluation: nil)
  }
}

/// certainty^20 of the reference.
private struct CertaintyRule: TokenRule {
  func weights(_ columns: TokenColumns, in context: RuleContext) throws -> TokenWeights {
    TokenWeights(kl: try certaintyWeights(try columns.column("certainty")?.values ?? [], alpha: 20))
  }
}

/// The loss of lua/swerve/a2c.lua, without Lua: mean(-logp adv) + vf mean((returns - value)²) - entropy mean(H)
/// + kl mean(w d² / 2).
private struct WeighedA2C: Objective {
  func loss(_ columns: TokenColumns, coefficients: [Metric], step: Int) throws -> LossValue {
    func column(_ name: String) throws -> Tensor {
      guard let tensor = try columns.column(name) else { throw TaskError("there is no column \(name)") }
      return tensor
    }
    func scaled(_ tensor: Tensor, by name: String) throws -> Tensor {
      try tensor.mul(.scalar(coefficients.first { $0.name === name }?.value ?? 0))
    }
    let logp = try column("logp")
    let policy = try logp.mul(column("advantage")).mean().neg()
    let value = try scaled(column("returns").sub(column("value")).square().mean(), by: "vf")
    let entropy = try scaled(column("entropy").mean(), by: "entropy")
    let distance = try logp.sub(column("ref_logp")).square().mul(column("kl_weight")).mean()
    let penalty = try scaled(distance.mul(.scalar(0.5)), by: "kl")
    return LossValue(total: try policy.add(value).sub(entropy).add(penalty), parts: [])
  }
}
