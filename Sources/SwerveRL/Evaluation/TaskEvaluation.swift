import SwerveModel
import SwerveTensor

/// Measures models on problem sets of a stage's task, without training. Problems, random numbers and metrics are those
/// of the evaluations that the stage itself makes with this seed.
package struct TaskEvaluation {
  package let task: any Task
  /// For errors.
  package let stage: String
  package let sets: [(set: ProblemSet, problems: Int)]
  /// Answers to each problem.
  package let samples: Int
  /// tau of sampled answers; nil: the most probable token each time.
  package let temperature: Float?
  package let seed: UInt64
  package let pool: WorkerPool

  package init(
    task: any Task, stage: String, sets: [(set: ProblemSet, problems: Int)], samples: Int, temperature: Float?,
    seed: UInt64, pool: WorkerPool
  ) {
    self.task = task
    self.stage = stage
    self.sets = sets
    self.samples = samples
    self.temperature = temperature
    self.seed = seed
    self.pool = pool
  }

  /// The outcomes of each set, in order.
  /// - Throws: ModelError; what the task throws.
  package func outcomes(of model: Transformer) throws -> [ProblemOutcomes] {
    let collector = Collector(task: task, pool: pool, seed: seed, stage: stage)
    let evaluator = Evaluator(
      plan: nil, stage: stage, collector: collector, runner: ShardRunner(model.configuration, pool: pool))
    return try sets.map { set, problems in
      let episodes = try collector.collect(
        model, set: set, count: problems * samples, mode: temperature.map { .sample(temperature: $0) } ?? .greedy,
        purpose: Evaluator.purpose(set), step: 0, problemStep: 0, group: samples)
      let successes = (0..<problems).map { problem in
        episodes.successes[problem * samples..<(problem + 1) * samples].count(where: \.self)
      }
      let critical = try evaluator.criticalMetrics(
        model, episodes, temperature: temperature ?? 1, prefix: "critical/\(set.name)")
      return ProblemOutcomes(
        set: set, samples: samples, successes: successes, meanLength: episodes.meanLength, critical: critical)
    }
  }
}
