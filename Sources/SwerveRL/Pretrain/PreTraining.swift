import SwerveModel
import SwerveTensor

/// Pre-training. Each step draws texts, descends the cross-entropy of every next token, and evaluates.
package struct PreTraining {
  let plan: PretrainPlan
  let model: Transformer
  let pool: WorkerPool
  let seed: UInt64
  let clock: () -> Double

  /// - Parameter clock: seconds, for tokens/s, which is never compared.
  package init(_ plan: PretrainPlan, model: Transformer, pool: WorkerPool, seed: UInt64, clock: @escaping () -> Double)
  {
    self.plan = plan
    self.model = model
    self.pool = pool
    self.seed = seed
    self.clock = clock
  }

  /// Trains `model` in place.
  /// - Throws: what the observer, a schedule or the task throws; TrainingError if a number stops being finite.
  package func run(_ observer: any TrainingObserver, from resumption: StageResumption? = nil) throws {
    try model.configuration.checkPredictsTokens()
    let collector = Collector(task: plan.task, pool: pool, seed: seed, stage: plan.name)
    let runner = ShardRunner(model.configuration, pool: pool)
    let lanes = GradientLanes(count: model.layout.count, lanes: plan.lanes)
    let optimizer = AdamW(model, options: plan.optimizer, communicator: pool.communicator)
    let texts = plan.texts(seed: seed)
    let evaluator = Evaluator(plan: plan.evaluation, stage: plan.name, collector: collector, runner: runner)
    try resumption?.restore(model, optimizer, plan.state)
    try TrainingError.checkWeights(
      model, called: "the model", "stage \(plan.name), before step \((resumption?.step ?? 0) + 1)")
    var last = try resumption?.metrics ?? evaluator.initial(model, temperature: PretrainPlan.temperature, observer)
    let course = try StageCourse(plan.ending, steps: plan.steps, model: model, from: resumption)
    while let step = course.nextStep {
      let start = clock()
      let batch = try drawBatch(texts, step: step)
      let learningRate = try plan.learningRate.value(step, last)
      let trace = observer.tensorTrace(plan.name, step: step)
      trace?.start(model, optimizer)
      trace?.tensor("tokens", batch.inputs.tokens.map { Float($0) })
      let loss = batch.gradient(model, runner: runner, into: lanes) {
        traceForward(trace, "", $0, of: batch.inputs, $1)
      }
      trace?.gradient("gradient/", lanes.total, model.layout)
      let place = "stage \(plan.name), step \(step)"
      try TrainingError.check(loss: loss, gradient: lanes.total, model, place)
      let norm = optimizer.update(gradient: lanes.total, learningRate: learningRate, pool: pool)
      trace?.end(model, norm: norm, learningRate: learningRate)
      try TrainingError.check(norm: norm, gradient: lanes, pool.communicator, model, place)
      let seconds = clock() - start
      let trained = [
        Metric("loss", loss), Metric("grad_norm", norm), Metric("lr", learningRate),
        Metric("tokens", Float(batch.targets.count)),
      ]
      last = try course.end(step, trained) { isLast in
        try evaluator.evaluate(
          model, step: step, temperature: PretrainPlan.temperature, isLast: isLast, observer)
      }
      let record = StepRecord(
        stage: plan.name, step: step, metrics: last, tokens: batch.targets.count, seconds: seconds,
        weights: model.tensors, stopped: course.stopped)
      try observer.endStep(record) {
        try StageSnapshot(
          stage: plan.name, step: step, model: model, tokenizer: plan.task.tokenizer, optimizer: optimizer,
          state: plan.state
        ).adding(course)
      }
    }
    course.takeBest()
  }

  private func drawBatch(_ stream: RandomStream, step: Int) throws -> CrossEntropy {
    var texts: [[Int32]] = []
    var positions: [Int] = []
    for row in 0..<plan.batch {
      var (drawn, cursor) = try plan.row(row, step: step, of: stream)
      let room = model.configuration.context - (drawn.tokens.count - 1)
      if room < 0 {
        throw ModelError(
          "a training text has \(drawn.tokens.count) tokens, but the model's context is \(model.configuration.context): use a "
            + "longer context or fewer digits")
      }
      texts.append(drawn.tokens)
      positions.append(plan.randomPositions ? cursor.below(room + 1) : 0)
    }
    return CrossEntropy(texts: texts, positions: positions)
  }
}
