/// How often and on what a stage evaluates.
package struct EvaluationPlan: Sendable {
  /// Steps between evaluations; there is one before the first step and one after the last in any case.
  package var every: Int
  /// Problem sets and episodes of each, in this order.
  package var sets: [(set: ProblemSet, episodes: Int)]
  /// Takes the most probable token instead of sampling.
  package var greedy: Bool
  /// tau of sampled evaluations; nil: the temperature of the step.
  package var temperature: Float?
  /// Episodes of each set that are written to samples.jsonl.
  package var samples = 3

  package init(every: Int, sets: [(set: ProblemSet, episodes: Int)], greedy: Bool) {
    self.every = every
    self.sets = sets
    self.greedy = greedy
  }

  /// The number of evaluations that a stage of this many steps makes.
  package func count(steps: Int) -> Int { 1 + steps / every + (steps % every == 0 ? 0 : 1) }
}

extension EvaluationInfo {
  /// - Parameter temperature: used if the plan sets none; nil: the temperature of the step.
  package init(_ plan: EvaluationPlan, temperature: Float?) {
    self.init(
      sets: plan.sets.map { ProblemCount(set: $0.set.name, episodes: $0.episodes) }, greedy: plan.greedy,
      temperature: plan.temperature ?? temperature)
  }
}
