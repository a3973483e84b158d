import SwerveModel
import SwerveTensor

/// Pre-training: next-token prediction on texts that the task draws.
package struct PretrainPlan {
  /// tau of sampled evaluations that set no temperature.
  static let temperature: Float = 1

  package var name: String
  package var source: ModelSource
  /// The shape of a fresh model (its vocabulary is that of the task's tokenizer); nil: the shape of the source.
  package var model: ModelConfiguration?
  /// Low-rank adapters that are trained in place of the source's weights.
  package var adapters: LowRankAdapters?
  package var task: any Task
  package var steps: Int
  /// Texts, or windows, in a step.
  package var batch: Int
  /// How many tokens a window reads where steps train on windows of a stream of texts; nil: on single texts, each from its start.
  package var windows: Int?
  package var learningRate: Schedule
  package var optimizer: AdamW.Options
  /// The most gradient lanes, which decides bits; nil: by the model's size (`GradientLanes`).
  package var lanes: Int?
  /// Each text starts at a random position of the context, so that all positions are trained.
  package var randomPositions: Bool
  package var evaluation: EvaluationPlan?
  package var ending = StageEnding()
  /// The seed of every random number of the stage; nil: the run's seed.
  package var seed: UInt64?
  /// The state of the stage's hooks; saved with each checkpoint from which training can resume.
  package var state: (any StageState)?

  package init(
    name: String, source: ModelSource, model: ModelConfiguration?, task: any Task, steps: Int, batch: Int,
    learningRate: Schedule, optimizer: AdamW.Options, randomPositions: Bool, evaluation: EvaluationPlan?
  ) {
    self.name = name
    self.source = source
    self.model = model
    self.task = task
    self.steps = steps
    self.batch = batch
    self.learningRate = learningRate
    self.optimizer = optimizer
    self.randomPositions = randomPositions
    self.evaluation = evaluation
  }
}

extension PretrainPlan: TaskStage {
  package static let kind = StageKind.pretrain

  package var newModel: ModelConfiguration? { model }
  /// Steps of pre-training have no temperature.
  package var evaluationTemperature: Float? { Self.temperature }
  package var metricNames: MetricNames { MetricNames(kind: Self.kind, evaluated()) }
  package var schedules: [(option: String, schedule: Schedule)] { [("lr", learningRate)] }
  package var stepSummary: String {
    let rows = windows.map { "\(batch) windows of \($0) tokens" } ?? "\(batch) texts"
    return rows + (adapters.map { ", \($0.summary)" } ?? "")
  }

  package func longestTexts() throws -> [LongestText] { [longestRow] + (try longestTexts(of: [])) }

  private var longestRow: LongestText {
    if let windows {
      return LongestText(
        "a window reads \(windows) tokens", tokens: windows,
        advice: "lower `windows` or use a model with a longer context")
    }
    let longest = task.longestTrainingText
    // The last token of a text is only predicted, never read.
    return LongestText("a training text may have \(longest) tokens", tokens: longest - 1)
  }

  /// What each row of a step's batch is.
  var rows: TrainingRows { TrainingRows(task: task, windows: windows) }

  package func cost(seed: UInt64) throws -> StageCost {
    let lengths = TextLengths(task, seed: seed)
    let length = try windows.map { Double($0 + 1) } ?? lengths.trainingText()
    var cost = StageCost()
    cost.trained = Double(steps * batch) * max(1, length - 1)
    cost.textLength = Int(length.rounded(.up))
    cost.answerLength = cost.textLength
    cost.textsInStep = batch
    cost.textsSampledTogether = evaluation?.sets.map(\.episodes).max() ?? 1
    try cost.addEvaluations(evaluation, steps: steps, lengths)
    return cost
  }

  package func size(_ cost: StageCost, source: ModelConfiguration, threads: Int) -> StageSize {
    let model = MemoryEstimate(source, threads: threads)
    let read = max(1, cost.textLength - 1)
    return StageSize(
      model,
      memory: model.training(texts: batch, length: read, outputs: read, keeps: false)
        + (evaluation?.memory(cost, model) ?? 0), keepsBest: ending.best != nil)
  }

  package var cacheFacts: CacheFacts? {
    // The cache keeps whole models.
    if adapters != nil { return nil }
    let task = task.settings
    let functions = task == nil ? self.task.contents.map { .known($0) } ?? .unknown : CacheFacts.Functions.none
    return CacheFacts(
      seed: seed, functions: functions.with(ending.stop),
      [
        ("task", task.map { .text($0) } ?? .none), ("steps", .integer(steps)), ("batch", .integer(batch)),
        ("optimizer", optimizer.fact), ("random_positions", .boolean(randomPositions)),
        ("evaluation", evaluation?.fact ?? .none),
      ] + (windows.map { [("windows", .integer($0))] } ?? []) + (lanes.map { [("lanes", .integer($0))] } ?? [])
        + ending.facts)
  }

  /// The task's functions, on the first row of a batch and the first problem of every set.
  package func tryHooks(seed: UInt64, pool: WorkerPool) throws {
    let seed = self.seed ?? seed
    _ = try row(0, step: 1, of: texts(seed: seed))
    try tryEvaluation(TaskTrial(task: task, stage: name, seed: seed))
  }

  package func overlaps(seed: UInt64) throws -> [ProblemOverlap] {
    let seed = self.seed ?? seed
    let stream = texts(seed: seed)
    return try overlaps(seed: seed, drawn: steps * batch) { index in
      let (step, row) = (index / batch + 1, index % batch)
      var cursor = stream.cursor(step: step, row: row)
      let texts = try locating("stage '\(name)', step \(step)", row: row) { try rows.texts(using: &cursor) }
      return texts.map { $0.prompt.isEmpty ? $0.text : $0.prompt }
    }
  }

  /// Where all random numbers of its batches come from.
  func texts(seed: UInt64) -> RandomStream { RandomStream(seed: seed, purpose: name + "/texts") }

  /// A row of a step's batch: the random stream at (step, row) gives its texts, and then, by the cursor, its start position.
  func row(_ row: Int, step: Int, of stream: RandomStream) throws -> (row: TrainingRow, cursor: RandomCursor) {
    var cursor = stream.cursor(step: step, row: row)
    let drawn = try locating("stage '\(name)', step \(step)", row: row) { try rows.draw(using: &cursor) }
    return (drawn, cursor)
  }

  package func run(
    in environment: StageEnvironment, _ observer: any TrainingObserver, from resumption: StageResumption?
  ) throws -> LoadedModel {
    let seed = seed ?? environment.seed
    let model: Transformer
    if let source = environment.source {
      model = source.model.trained(adapters, mode: environment.mode, seed: seed)
    } else {
      guard let configuration = self.model else {
        throw ModelError("stage \(name) has neither a model to make nor one to start from")
      }
      model = Transformer(configuration, mode: environment.mode)
      model.initialize(RandomStream(seed: seed, purpose: name + "/weights"))
    }
    try PreTraining(self, model: model, pool: environment.pool, seed: seed, clock: environment.clock)
      .run(observer, from: resumption)
    return LoadedModel(model: model, tokenizer: tokenizer, origin: environment.source?.origin)
  }
}
