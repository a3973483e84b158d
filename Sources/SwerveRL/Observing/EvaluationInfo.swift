/// What the evaluations of a stage measure, and how. The intervals of their rates are computed from this.
package struct EvaluationInfo: Equatable, Sendable {
  package struct ProblemCount: Equatable, Sendable {
    package let set: String
    package let episodes: Int

    package init(set: String, episodes: Int) {
      self.set = set
      self.episodes = episodes
    }
  }

  package let sets: [ProblemCount]
  /// Takes the most probable token instead of sampling.
  package let greedy: Bool
  /// tau of sampled evaluations; nil: the temperature of the step, which is in the step's metric `temperature`.
  package let temperature: Float?

  package init(sets: [ProblemCount], greedy: Bool, temperature: Float?) {
    self.sets = sets
    self.greedy = greedy
    self.temperature = temperature
  }
}
