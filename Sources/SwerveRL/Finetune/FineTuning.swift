import SwerveModel
import SwerveTensor
import SwerveText

/// Names of the random streams of fine-tuning. They do not contain the stage's name. So two stages of one experiment
/// that differ in a rule or a coefficient get the same problems, draw the same random numbers, and start from the same
/// critic. Their results can then be compared in pairs.
enum FineTuningStream {
  static let episodes = "finetune"
  static let minibatches = "finetune/minibatches"
  static let rule = "finetune/rule"
  static let sampleRule = "finetune/sample-rule"
}

/// Fine-tuning by reinforcement learning. Each update collects episodes, scores them under policy and reference,
/// computes the weights of their tokens, descends the objective in minibatches, and evaluates.
package final class FineTuning {
  let plan: FinetunePlan
  /// The policy; its value head is the critic.
  let policy: Transformer
  /// The frozen model that the KL penalty keeps the policy close to.
  let reference: Transformer
  let pool: WorkerPool
  let seed: UInt64
  let clock: () -> Double
  let runner: ShardRunner
  let referenceRunner: ShardRunner
  let lanes: GradientLanes
  let optimizer: AdamW
  let collector: Collector
  private let space = MinibatchSpace()
  /// The coefficients of the current update; schedules are evaluated once for each update.
  private var current: Coefficients?
  /// The metrics of the previous step.
  private var last: [Metric] = []
  /// The trace of the current step.
  private var trace: (any TensorTrace)?

  /// - Parameters:
  ///   - policy: trained in place.
  ///   - reference: the same vocabulary and context; it needs no value head.
  ///   - clock: seconds, for tokens/s, which is never compared.
  package init(
    _ plan: FinetunePlan, policy: Transformer, reference: Transformer, pool: WorkerPool, seed: UInt64,
    clock: @escaping () -> Double
  ) throws {
    self.plan = plan
    self.policy = policy
    self.reference = reference
    reference.takeTurns(with: policy)
    self.pool = pool
    self.seed = seed
    self.clock = clock
    runner = ShardRunner(policy.configuration, pool: pool)
    // Both models' passes come one after the other.
    referenceRunner =
      reference.configuration == policy.configuration ? runner : ShardRunner(reference.configuration, pool: pool)
    lanes = GradientLanes(count: policy.layout.count, lanes: plan.lanes)
    optimizer = AdamW(policy, options: plan.optimizer, communicator: pool.communicator)
    collector = Collector(task: plan.task, pool: pool, seed: seed, stage: plan.name)
  }

  /// - Throws: what the observer, a hook or the task throws; TrainingError if a number stops being finite.
  package func run(_ observer: any TrainingObserver, from resumption: StageResumption? = nil) throws {
    // The evaluation before the first update uses the coefficients of that update.
    var coefficients = try Coefficients(plan, step: 1, metrics: [])
    current = coefficients
    let evaluator = Evaluator(
      plan: plan.evaluation, stage: plan.name, collector: collector, runner: runner, tokens: sampleTokens)
    try resumption?.restore(policy, optimizer, plan.state)
    if plan.referenceSync != nil { try resumption?.restore(reference, prefix: SnapshotKey.reference) }
    let place = "stage \(plan.name), before step \((resumption?.step ?? 0) + 1)"
    try TrainingError.checkWeights(policy, called: "the policy", place)
    try TrainingError.checkWeights(reference, called: "the reference", place)
    last = try resumption?.metrics ?? evaluator.initial(policy, temperature: coefficients.temperature, observer)
    let course = try StageCourse(plan.ending, steps: plan.updates, model: policy, from: resumption)
    while let step = course.nextStep {
      let start = clock()
      if step > 1 { coefficients = try Coefficients(plan, step: step, metrics: last) }
      current = coefficients
      trace = observer.tensorTrace(plan.name, step: step)
      trace?.start(policy, optimizer)
      // Nothing holds the episodes' logits longer than it takes to score them.
      let batch = try rolloutBatch(
        collector.collect(
          policy, set: .training, count: plan.episodes, mode: .sample(temperature: coefficients.temperature),
          purpose: FineTuningStream.episodes, step: step, problemStep: step, group: plan.group), coefficients)
      let weights = try weigh(batch, purpose: FineTuningStream.rule, step: step, isTrial: false)
      if weights.advantage != nil && plan.kl.location == .reward {
        throw TrainingError(
          message:
            "stage \(plan.name), step \(step): the rule gives advantages, and those would replace the ones that the KL penalty in "
            + "the reward changes: put the penalty into the loss, or into the rule's advantages")
      }
      batch.penalizeRewards(weights, coefficient: coefficients.kl)
      if let trace { batch.trace(trace, weights) }
      let update = try update(batch, weights, coefficients, step: step)
      if let sync = plan.referenceSync, step % sync.every == 0 { reference.mix(from: policy, share: sync.mix) }
      let seconds = clock() - start
      var metrics =
        update + batch.metrics(weights: weights) + coefficients.metrics(rule: weights.coefficients)
      if let log = plan.log {
        let columns = batch.columns(weights, clip: coefficients.clip)
        metrics += try log.metrics(columns, step: step).map { Metric("log/\($0.name)", $0.value) }
      }
      last = try course.end(step, metrics) { isLast in
        try evaluator.evaluate(
          policy, step: step, temperature: coefficients.temperature, isLast: isLast, observer)
      }
      let record = StepRecord(
        stage: plan.name, step: step, metrics: last, tokens: batch.layout.count, seconds: seconds,
        weights: policy.tensors, stopped: course.stopped)
      try observer.endStep(record) {
        try StageSnapshot(
          stage: plan.name, step: step, model: policy, tokenizer: plan.task.tokenizer, optimizer: optimizer,
          state: plan.state, movedReference: plan.referenceSync == nil ? nil : reference
        ).adding(course)
      }
    }
    course.takeBest()
  }

  private func weigh(
    _ batch: RolloutBatch, purpose: String, step: Int, isTrial: Bool
  ) throws -> TokenWeights {
    guard let rule = plan.kl.rule else { return TokenWeights(kl: [Float](repeating: 1, count: batch.layout.count)) }
    let stream = RandomStream(seed: seed, purpose: purpose)
    let context = RuleContext(
      step: step, rng: stream.cursor(step: step, row: 0), metrics: last, isTrial: isTrial)
    return try rule.weights(batch.columns(), in: context)
  }

  /// Some episodes of an evaluation, token by token, for people to read.
  private func sampleTokens(_ episodes: Episodes, step: Int) throws -> [SampleTokens] {
    guard let coefficients = current else { return [] }
    let batch = try rolloutBatch(episodes, coefficients)
    let weights = try weigh(batch, purpose: FineTuningStream.sampleRule, step: max(step, 1), isTrial: true).kl
    return (0..<episodes.count).map { row in
      let range = batch.layout.range(ofRow: row)
      return SampleTokens(
        texts: episodes.texts(ofRow: row), weights: Array(weights[range]), logp: Array(batch.policy.logp[range]),
        referenceLogp: Array(batch.reference.logp[range]))
    }
  }

  private func rolloutBatch(_ episodes: Episodes, _ coefficients: Coefficients) throws -> RolloutBatch {
    try RolloutBatch(
      episodes, plan: plan, coefficients: coefficients, policy: policy, reference: reference,
      scorer: Scorer(runner: runner), referenceScorer: Scorer(runner: referenceRunner))
  }

  /// All minibatches of all epochs. The order of episodes is a shuffle drawn from its stream at (step, row epoch).
  private func update(
    _ batch: RolloutBatch, _ weights: TokenWeights, _ coefficients: Coefficients, step: Int
  ) throws -> [Metric] {
    let shuffles = RandomStream(seed: seed, purpose: FineTuningStream.minibatches)
    var means = MetricMeans()
    for epoch in 0..<plan.epochs {
      var order = Array(0..<batch.episodes.count)
      var cursor = shuffles.cursor(step: step, row: epoch)
      cursor.shuffle(&order)
      for first in stride(from: 0, to: order.count, by: plan.minibatch) {
        let rows = Array(order[first..<min(first + plan.minibatch, order.count)])
        let minibatch = Minibatch(batch, rows: rows, weights: weights, number: means.minibatches + 1)
        means.add(try descend(minibatch, coefficients, step: step))
      }
    }
    return means.metrics
  }

  /// One step of the optimizer: forward, the objective's tape, backward, AdamW.
  private func descend(_ minibatch: Minibatch, _ coefficients: Coefficients, step: Int) throws -> [Metric] {
    let forward = MinibatchForward(
      minibatch, policy: policy, runner: runner, lanes: lanes, temperature: coefficients.temperature,
      keepsLogits: plan.objective.readsLogits, space: space, trace: trace)
    let columns = forward.columns(clip: coefficients.clip)
    let loss = try plan.objective.loss(columns, coefficients: coefficients.forLoss, step: step)
    try loss.total.backward()
    if let trace { minibatch.trace(trace, loss, columns) }
    let criticOnly = step <= plan.criticWarmup
    forward.backward(columns, detachCritic: plan.detachCritic || criticOnly, criticOnly: criticOnly)
    trace?.gradient(minibatch.name + "gradient/", lanes.total, policy.layout)
    let place = "stage \(plan.name), step \(step)"
    try TrainingError.check(loss: loss.total.values[0], gradient: lanes.total, policy, place)
    let norm = optimizer.update(gradient: lanes.total, pool: pool) { parameter in
      if parameter.role.isValueHead { return coefficients.criticLearningRate }
      return criticOnly ? nil : coefficients.learningRate
    }
    trace?.end(policy, minibatch.name, norm: norm, learningRate: coefficients.learningRate)
    try TrainingError.check(norm: norm, gradient: lanes, pool.communicator, policy, place)
    return [Metric("loss", loss.total.values[0])]
      + loss.parts.map { Metric("loss/\($0.name)", $0.value) } + [Metric("grad_norm", norm)]
  }
}
