import SwerveModel
import SwerveTensor

extension FinetunePlan {
  /// The task's functions on the first problem of every set, and the schedules, the rule, the loss and the log of the
  /// first step on a batch of made-up answers. The models are tiny and random: what hooks see has the shapes and ranges
  /// of training.
  package func tryHooks(seed: UInt64, pool: WorkerPool) throws {
    let trial = TaskTrial(task: task, stage: name, seed: seed)
    let episodes = try trial.episodes(.training, purpose: FineTuningStream.episodes, step: 1)
    try tryEvaluation(trial)
    let longest = zip(episodes.prompts, episodes.generated).map { $0.count + $1.count }.max() ?? 1
    let source = try Self.trialModel(context: longest, task.tokenizer, seed: seed, purpose: "check/policy")
    let reference = try Self.trialModel(context: longest, task.tokenizer, seed: seed, purpose: "check/reference")
    let policy = policy(from: source, mode: .exact, seed: seed)
    let runner = ShardRunner(policy.configuration, pool: pool)
    let coefficients = try Coefficients(self, step: 1, metrics: [])
    let batch = try RolloutBatch(
      episodes, plan: self, coefficients: coefficients, policy: policy, reference: reference,
      scorer: Scorer(runner: runner),
      referenceScorer: Scorer(runner: ShardRunner(reference.configuration, pool: pool)))
    let rng = RandomStream(seed: seed, purpose: FineTuningStream.rule).cursor(step: 1, row: 0)
    let weights =
      try kl.rule?.weights(batch.columns(), in: RuleContext(step: 1, rng: rng))
      ?? TokenWeights(kl: [Float](repeating: 1, count: batch.layout.count))
    batch.penalizeRewards(weights, coefficient: coefficients.kl)
    let minibatch = Minibatch(batch, rows: Array(0..<episodes.count), weights: weights)
    let forward = MinibatchForward(
      minibatch, policy: policy, runner: runner, lanes: GradientLanes(count: policy.layout.count, lanes: lanes),
      temperature: coefficients.temperature, keepsLogits: objective.readsLogits, space: MinibatchSpace())
    try withExtendedLifetime(forward) {
      let loss = try objective.loss(
        forward.columns(clip: coefficients.clip), coefficients: coefficients.forLoss, step: 1)
      try loss.total.backward()
    }
    _ = try log?.metrics(batch.columns(weights, clip: coefficients.clip), step: 1)
  }

  package func overlaps(seed: UInt64) throws -> [ProblemOverlap] {
    let stream = RandomStream(seed: seed, purpose: FineTuningStream.episodes + "/problems")
    let inStep = max(1, episodes / group)
    return try overlaps(seed: seed, drawn: updates * inStep) { index in
      let (step, row) = (index / inStep + 1, index % inStep)
      var cursor = stream.cursor(step: step, row: row)
      let problem = try locating("stage '\(name)', step \(step)", row: row) {
        try task.problem(in: .training, using: &cursor)
      }
      return [problem.prompt]
    }
  }

  /// A model of one narrow block, with the task's tokens.
  private static func trialModel(
    context: Int, _ tokenizer: any Tokenizer, seed: UInt64, purpose: String
  ) throws -> Transformer {
    let model = Transformer(
      try ModelConfiguration(
        layers: 1, heads: 1, width: 8, context: max(2, context), vocabulary: tokenizer.vocabularySize))
    model.initialize(RandomStream(seed: seed, purpose: purpose))
    return model
  }
}
