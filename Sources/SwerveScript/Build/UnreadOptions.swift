import SwerveRL
import SwerveText

/// Refuses options that an algorithm of the library never reads, because they would do nothing. For a script's own
/// loss, its first call shows what it reads (see `LossUsage`).
enum UnreadOptions {
  private static let names = ["clip", "clip_high", "value_clip", "ratio", "aggregate", "aggregate_length", "vf"]

  static func check(_ options: CheckedOptions, _ plan: FinetunePlan) throws {
    let rule = plan.kl.rule as? ScriptedRule
    if rule?.needsCritical == true, plan.task.criticalGroups.isEmpty {
      throw ScriptError(
        "option 'kl.rule' weighs the task's critical tokens, but task '\(plan.task.name)' knows none",
        hint: "give the task `critical`, or take another rule")
    }
    if options.has("loss") { return }
    let algorithm = Algorithm(options)
    for name in names where options.sets(name) { try refuse(name, name, algorithm) }
    try checkCritic(options, algorithm)
    if rule?.clips == true, !algorithm.clips {
      throw ScriptError(
        "option 'kl.rule' gives clip ranges, for 'algorithm' = \(Algorithm.names(reading: "clip")) and losses of your "
          + "own, got \(quoted(algorithm.name))",
        hint: "\(algorithm.name) has no ratio of probabilities to bound: choose another algorithm or another rule")
    }
    if let (name, _) = options.map("coefficients").first {
      throw ScriptError(
        "option 'coefficients.\(label(name))' is for losses of your own, got 'algorithm' = \(quoted(algorithm.name))",
        hint: "\(algorithm.name) never reads c.\(label(name)): leave it out, or write a `loss` that does")
    }
    if options.isGiven("gae_lambda"), plan.advantage != .gae {
      throw ScriptError(
        "option 'gae_lambda' is for 'advantage' = \"gae\", got \(quoted(plan.advantage.rawValue))",
        hint: "leave it out: it would do nothing")
    }
  }

  /// The width is always allowed, because it determines the shape of the model even if the critic is not trained.
  private static func checkCritic(_ options: CheckedOptions, _ algorithm: Algorithm) throws {
    guard let critic = options.options("critic") else { return }
    if critic.has("lr") { try refuse("vf", "critic.lr", algorithm) }
    if critic.boolean("detach") { try refuse("vf", "critic.detach", algorithm) }
    if critic.integer("warmup") > 0 { try refuse("vf", "critic.warmup", algorithm) }
  }

  /// - Parameters:
  ///   - read: what an algorithm must read for the option to have an effect.
  ///   - option: its full name.
  private static func refuse(_ read: String, _ option: String, _ algorithm: Algorithm) throws {
    if algorithm.reads.containsExactly(read) { return }
    throw ScriptError(
      "option '\(option)' is for 'algorithm' = \(Algorithm.names(reading: read)) and losses of your own, got "
        + quoted(algorithm.name),
      hint: "\(algorithm.name) never reads it: leave it out, or choose another algorithm")
  }
}
