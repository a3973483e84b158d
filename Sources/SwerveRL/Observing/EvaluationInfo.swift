/// What the evaluations of a stage measure, and how: what turns a rate of theirs into an interval.
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
  /// The most probable token instead of a sampled one.
  package let greedy: Bool
  /// tau of sampled evaluations; nil: that of the step, which the step's metric `temperature` holds.
  package let temperature: Float?

  package init(sets: [ProblemCount], greedy: Bool, temperature: Float?) {
    self.sets = sets
    self.greedy = greedy
    self.temperature = temperature
  }
}
