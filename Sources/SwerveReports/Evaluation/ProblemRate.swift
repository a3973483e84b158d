import SwerveRL

/// The probability that at least one of k answers to a problem is right, as a mean over problems.
struct ProblemRate {
  /// "success/SET" for one answer, else "pass@K/SET".
  let name: String
  let k: Int
  /// The estimate for each problem.
  let values: [Double]
  let mean: Double
  /// The 95 % interval; nil for a single problem where it would need several.
  let interval: (low: Double, high: Double)?
  /// Whether each problem is right or wrong: k is the number of answers. Then the mean is a rate of independent problems,
  /// and its interval is Wilson's; else the interval is a bootstrap over the problems.
  let isOfProblems: Bool

  init(k: Int, _ outcomes: ProblemOutcomes) {
    name = k == 1 ? "success/\(outcomes.set.name)" : "pass@\(k)/\(outcomes.set.name)"
    self.k = k
    isOfProblems = k == outcomes.samples
    values = outcomes.successes.map { PassAtK.estimate(k, samples: outcomes.samples, successes: $0) }
    if isOfProblems {
      let right = outcomes.successes.count { $0 > 0 }
      let wilson = RateInterval(successes: right, count: values.count)
      mean = Double(right) / Double(values.count)
      interval = (wilson.low, wilson.high)
    } else {
      let bootstrap = BootstrapInterval(values)
      mean = SeedMean.mean(values)
      interval = bootstrap.map { ($0.low, $0.high) }
    }
  }
}
