/// How a model answered the problems of one set, each some times.
package struct ProblemOutcomes: Sendable {
  package let set: ProblemSet
  /// Answers to each problem.
  package let samples: Int
  /// For each problem, how many of its answers are a success.
  package let successes: [Int]
  /// Generated tokens of an answer.
  package let meanLength: Float?
  /// critical/SET/GROUP; empty where no answer came to a critical token.
  package let critical: [Metric]

  package init(set: ProblemSet, samples: Int, successes: [Int], meanLength: Float?, critical: [Metric]) {
    self.set = set
    self.samples = samples
    self.successes = successes
    self.meanLength = meanLength
    self.critical = critical
  }
}
