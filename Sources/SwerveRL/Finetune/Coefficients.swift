import SwerveModel
import SwerveText

/// The scheduled numbers of one update.
struct Coefficients {
  let learningRate: Float
  let criticLearningRate: Float
  let temperature: Float
  let kl: Float
  private let named: [Metric]
  private let fixed: [Metric]
  private let klInReward: Bool

  init(_ plan: FinetunePlan, step: Int, metrics: [Metric]) throws {
    learningRate = try plan.learningRate.value(step, metrics)
    criticLearningRate = try plan.criticLearningRate?.value(step, metrics) ?? learningRate
    temperature = try plan.temperature.value(step, metrics)
    guard temperature > 0, temperature.isFinite else {
      throw TrainingError(
        message: "stage \(plan.name), step \(step): the temperature must be a number above 0, got \(temperature)")
    }
    kl = try plan.kl.coefficient.value(step, metrics)
    klInReward = plan.kl.location == .reward
    fixed = [
      Metric("temperature", temperature), Metric("gamma", plan.gamma), Metric("gae_lambda", plan.gaeLambda),
    ]
    var named = [
      Metric("vf", try plan.valueCoefficient.value(step, metrics)),
      Metric("entropy", try plan.entropyCoefficient.value(step, metrics)),
    ]
    for (name, schedule) in plan.extraCoefficients { named.append(Metric(name, try schedule.value(step, metrics))) }
    self.named = named
  }

  /// What a loss sees. With the penalty in the reward, `kl` is 0 here, so that it does not count twice.
  var forLoss: [Metric] { named + [Metric("kl", klInReward ? 0 : kl)] + fixed }

  /// For losses that clip the probability ratio.
  var clip: ClipRange { ClipRange(low: value("clip"), high: value("clip_high") ?? value("clip")) }

  func value(_ name: String) -> Float? { named.first { $0.name === name }?.value }

  /// The metrics lr, critic_lr, temperature, coef/NAME, and rule/NAME with the numbers of the rule's own schedules.
  func metrics(rule: [Metric]) -> [Metric] {
    [
      Metric("lr", learningRate), Metric("critic_lr", criticLearningRate), Metric("temperature", temperature),
      Metric("coef/kl", kl),
    ]
      + named.map { Metric("coef/\($0.name)", $0.value) } + rule.map { Metric("rule/\($0.name)", $0.value) }
  }
}
