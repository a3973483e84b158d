import SwerveModel
import SwerveTensor
import SwerveText

/// Training of a classifier. Each step takes a batch of documents, gives each label a score, descends the loss of the
/// script, and evaluates from time to time.
struct Classification {
  let plan: ClassifyPlan
  let model: Transformer
  let pool: WorkerPool
  let seed: UInt64
  let clock: () -> Double

  init(_ plan: ClassifyPlan, model: Transformer, pool: WorkerPool, seed: UInt64, clock: @escaping () -> Double) {
    (self.plan, self.model, self.pool, self.seed, self.clock) = (plan, model, pool, seed, clock)
  }

  /// Trains `model` in place.
  /// - Throws: what the observer, a schedule or the loss throws; TrainingError if a number stops being finite.
  func run(_ observer: any TrainingObserver, from resumption: StageResumption? = nil) throws {
    let runner = ShardRunner(model.configuration, pool: pool)
    let lanes = GradientLanes(count: model.layout.count, lanes: plan.lanes)
    let optimizer = AdamW(model, options: plan.optimizer, communicator: pool.communicator)
    let training = try EncodedDocuments(plan.training, tokenizer: plan.tokenizer, limit: plan.length)
    let evaluator = try ClassificationEvaluator(plan, runner: runner)
    let order = DocumentOrder(
      lengths: training.texts.map(\.count), batch: plan.batch, sorted: plan.sorted,
      RandomStream(seed: seed, purpose: plan.name + "/documents"))
    let priors = plan.priors
    try resumption?.restore(model, optimizer, plan.state)
    try TrainingError.checkWeights(
      model, called: "the model", "stage \(plan.name), before step \((resumption?.step ?? 0) + 1)")
    if resumption == nil {
      try observer.didRead(plan.input(training, evaluator.sets), stage: plan.name)
    }
    var last = resumption?.metrics ?? []
    let course = try StageCourse(plan.ending, steps: plan.steps, model: model, from: resumption)
    var epoch: (number: Int, batches: [[Int]]) = (-1, [])
    while let step = course.nextStep {
      let (number, index) = (step - 1).quotientAndRemainder(dividingBy: plan.stepsInEpoch)
      if epoch.number != number { epoch = (number, order.batches(epoch: number)) }
      let rows = epoch.batches[index]
      let place = "stage \(plan.name), step \(step)"
      let start = clock()
      let learningRate = try plan.learningRate.value(step, last)
      let headLearningRate = try plan.headLearningRate?.value(step, last) ?? learningRate
      let coefficients = try plan.coefficients.map { Metric($0.name, try $0.schedule.value(step, last)) }
      let texts = TokenBatch(rows.map { training.texts[$0] }, outputs: [], hasEvenShards: true)
      let trace = observer.tensorTrace(plan.name, step: step)
      trace?.start(model, optimizer)
      trace?.tensor("tokens", texts.tokens.map { Float($0) })
      let value = try gradient(
        texts, rows.map { plan.training.documents[$0] }, runner, into: lanes, priors: priors,
        coefficients: coefficients, step: step, trace)
      trace?.gradient("gradient/", lanes.total, model.layout)
      let loss = value.total.values[0]
      try TrainingError.check(loss: loss, gradient: lanes.total, model, place)
      let norm = optimizer.update(gradient: lanes.total, pool: pool) { parameter in
        // A pooler that nobody reads has no gradient, and must not decay.
        if parameter.role.isPooler && plan.pooling != .pooler { return nil }
        return parameter.role.isClassifier ? headLearningRate : learningRate
      }
      trace?.tensor("head_lr", [headLearningRate])
      trace?.end(model, norm: norm, learningRate: learningRate)
      try TrainingError.check(norm: norm, gradient: lanes, pool.communicator, model, place)
      let seconds = clock() - start
      var metrics = [Metric("loss", loss)]
      metrics += value.parts.map { Metric("loss/" + $0.name, $0.value) }
      metrics += [
        Metric("grad_norm", norm), Metric("lr", learningRate), Metric("head_lr", headLearningRate),
        Metric("tokens", Float(texts.tokens.count)), Metric("documents", Float(rows.count)),
      ]
      metrics += coefficients.map { Metric("coef/" + $0.name, $0.value) }
      var isEvaluated = false
      last = try course.end(step, metrics) { isLast in
        isEvaluated = step % plan.every == 0 || isLast
        return isEvaluated ? try evaluator.evaluate(model, step: step, observer) : []
      }
      let weights = model.wholeTensors
      let record = StepRecord(
        stage: plan.name, step: step, metrics: last, tokens: texts.tokens.count, seconds: seconds, weights: weights,
        hasDigest: plan.digests.isDue(step, weights: weights, isEvaluated: isEvaluated, course), stopped: course.stopped
      )
      try observer.endStep(record) {
        try StageSnapshot(
          stage: plan.name, step: step, model: model, tokenizer: plan.tokenizer, optimizer: optimizer,
          state: plan.state
        ).adding(course)
      }
    }
    course.takeBest()
  }

  /// Leaves the gradient of the batch's loss in `lanes`.
  private func gradient(
    _ texts: TokenBatch, _ documents: [Document], _ runner: ShardRunner, into lanes: GradientLanes,
    priors: LabelPriors, coefficients: [Metric], step: Int, _ trace: (any TensorTrace)?
  ) throws -> LossValue {
    let labels = plan.tree.count
    let scores = FloatBuffer(count: documents.count * labels)
    runner.forwardKeeping(model, texts, lanes: lanes) { shard, a, _ in
      traceForward(trace, "", shard, of: texts, a)
      (scores.pointer + shard.rows.lowerBound * labels).update(from: a.scores.pointer, count: shard.rows.count * labels)
    }
    pool.communicator.union(scores.mutableValues)
    let columns = DocumentColumns(documents, tree: plan.tree, priors: priors) {
      Array(scores.values[..<(documents.count * labels)])
    }
    let value = try plan.loss.loss(columns, coefficients: coefficients, step: step)
    try value.total.backward()
    let gradient = columns.gradient ?? [Float](repeating: 0, count: documents.count * labels)
    trace?.tensor("gradient_of_scores", gradient)
    runner.backward(model, texts, into: lanes, detachValue: false) { shard, _, w in
      gradient.withUnsafeBufferPointer { gradient in
        w.dScores.pointer.update(
          from: gradient.baseAddress! + shard.rows.lowerBound * labels, count: shard.rows.count * labels)
      }
    }
    return value
  }
}
