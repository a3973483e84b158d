import SwerveModel
import SwerveTensor
import SwerveText

/// Measures a model on the evaluation sets of a stage. Every evaluation of a run, at any step of any stage, uses the
/// same problems and the same random numbers. So stages and steps can be compared in pairs, and a model that did not
/// change gets the same results again.
struct Evaluator {
  let plan: EvaluationPlan?
  let stage: String
  let collector: Collector
  let runner: ShardRunner
  /// What samples show of the tokens of some episodes at a step, row by row.
  var tokens: (Episodes, Int) throws -> [SampleTokens] = { episodes, _ in episodes.generated.map { _ in SampleTokens() }
  }

  /// The evaluation before the first step, reported to the observer as step 0.
  /// - Parameter temperature: the temperature of the first step.
  func initial(
    _ model: Transformer, temperature: Float, _ observer: any TrainingObserver
  ) throws -> [Metric] {
    guard plan != nil else { return [] }
    let metrics = try measure(model, step: 0, temperature: temperature, observer)
    try observer.stepDidEnd(
      StepRecord(stage: stage, step: 0, metrics: metrics, notCompared: [], weights: model.tensors))
    return metrics
  }

  /// Empty at steps without an evaluation.
  /// - Parameter temperature: the temperature of the step.
  func evaluate(
    _ model: Transformer, step: Int, temperature: Float, isLast: Bool, _ observer: any TrainingObserver
  ) throws -> [Metric] {
    guard let plan, step % plan.every == 0 || isLast else { return [] }
    return try measure(model, step: step, temperature: temperature, observer)
  }

  /// For each set: success/SET, length/SET, and critical/SET/GROUP if the task has critical tokens in the set.
  private func measure(
    _ model: Transformer, step: Int, temperature ofStep: Float, _ observer: any TrainingObserver
  ) throws -> [Metric] {
    guard let plan else { return [] }
    let temperature = plan.temperature ?? ofStep
    var metrics: [Metric] = []
    var samples: [SampleRecord] = []
    for (set, count) in plan.sets {
      let episodes = try collector.collect(
        model, set: set, count: count, mode: plan.greedy ? .greedy : .sample(temperature: temperature),
        purpose: Self.purpose(set), step: 0, problemStep: 0)
      metrics.append(Metric("success/\(set.name)", episodes.success))
      metrics.append(Metric("length/\(set.name)", episodes.meanLength))
      metrics += try criticalMetrics(model, episodes, temperature: temperature, prefix: "critical/\(set.name)")
      let shown = episodes.first(plan.samples)
      for (row, tokens) in try tokens(shown, step).enumerated() {
        samples.append(
          SampleRecord(
            set: set.name, prompt: episodes.problems[row].prompt, answer: episodes.texts(ofRow: row).joined(),
            reward: episodes.rewards[row], tokens: tokens))
      }
    }
    try observer.didSample(samples, stage: stage, step: step)
    return metrics
  }

  /// Names the random numbers of a set's evaluations, which are drawn at step 0.
  static func purpose(_ set: ProblemSet) -> String { "eval/\(set.name)" }

  /// The mean probability of the right character at critical tokens, by group, at the evaluation's temperature. A
  /// position counts if the text of its list is right up to it; the mean is over all such positions of all episodes.
  func criticalMetrics(
    _ model: Transformer, _ episodes: Episodes, temperature: Float, prefix: String
  ) throws -> [Metric] {
    let probes = try episodes.criticalProbes()
    if probes.allSatisfy(\.isEmpty) { return [] }
    let scores = Scorer(runner: runner).scoreGenerator(
      model, episodes, temperature: temperature, keepRows: false, probes: probes)
    return Self.criticalMetrics(
      probes: probes, found: scores.probed, groups: collector.task.criticalGroups, prefix: prefix)
  }

  /// - Parameter found: the probability of each probe's right tokens, in the order of rows.
  static func criticalMetrics(
    probes: [[CriticalProbe]], found: [Double], groups: [String], prefix: String
  ) -> [Metric] {
    groups.map { group in
      var sum = 0.0
      var count = 0
      for (probe, probability) in zip(probes.joined(), found) where probe.group === group && !probe.right.isEmpty {
        sum += probability
        count += 1
      }
      return Metric("\(prefix)/\(group)", count == 0 ? nil : Float(sum / Double(count)))
    }
  }
}
