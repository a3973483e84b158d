import SwerveModel
import SwerveTensor

/// One stage of an experiment, with everything that the program needs to know about it. Each kind of stage is a plan
/// type that conforms to this protocol, and no code tests for a particular kind. What only some kinds can do has a
/// separate protocol, such as `RuleInspectable`.
package protocol Stage {
  /// The kind's word in records, plans and default names, such as "pretrain".
  static var kind: String { get }

  var name: String { get set }
  var source: ModelSource { get set }
  /// Steps of training, at least 1.
  var steps: Int { get }
  /// The name of the task that is trained.
  var taskName: String { get }
  /// The tokenizer of its texts. A model from another stage or a file must have the same one.
  var tokenizer: any Tokenizer { get }
  /// The shape of the model that a stage without a source makes; nil: it needs a source.
  var newModel: ModelConfiguration? { get }
  /// The shape of its result.
  /// - Parameter source: the shape of the model that it starts from.
  /// - Throws: ModelError for a model that it can't start from.
  func shape(from source: ModelConfiguration) throws(ModelError) -> ModelConfiguration
  /// Low-rank adapters that it trains in place of the source's weights; nil: it trains a whole model.
  var adapters: LowRankAdapters? { get }

  var evaluation: EvaluationPlan? { get }
  /// Which step gives its result, and when it ends early.
  var ending: StageEnding { get }
  /// 1 where every step evaluates, or none does.
  var stepsBetweenEvaluations: Int { get }
  /// tau of sampled evaluations that set no temperature; nil: the temperature of the step.
  var evaluationTemperature: Float? { get }
  /// The names of the metrics that its steps log.
  var metricNames: MetricNames { get }
  /// The numbers that may change over the steps, by the names of their options.
  var schedules: [(option: String, schedule: Schedule)] { get }

  /// The longest text of each kind that it reads or writes.
  /// - Throws: what its task throws.
  func longestTexts() throws -> [LongestText]
  /// What to do if its texts do not fit a model's context.
  var contextAdvice: String { get }
  /// The number of tokens that it is likely to process.
  /// - Throws: what its task throws.
  func cost(seed: UInt64) throws -> StageCost
  /// The memory and the disk that it is likely to take.
  /// - Parameters:
  ///   - cost: from `cost(seed:)`.
  ///   - source: the shape of the model that it starts from or makes.
  func size(_ cost: StageCost, source: ModelConfiguration, threads: Int) -> StageSize
  /// What one step does, in a few words.
  var stepSummary: String { get }
  /// Remarks about things that are not mistakes but are easily overlooked.
  var notes: [String] { get }
  /// What decides its bits, so that other runs can reuse its result; nil: every run computes it.
  var cacheFacts: CacheFacts? { get }

  /// Calls every hook once, on the first problem of each set and a tiny made-up batch, to find mistakes before training. The
  /// hooks' memory changes, so a plan that was tried is not trained.
  /// - Throws: what a hook or the task throws.
  func tryHooks(seed: UInt64, pool: WorkerPool) throws
  /// How many problems of each evaluation its training has, too; empty where nothing is evaluated.
  /// - Throws: what its task throws.
  func overlaps(seed: UInt64) throws -> [ProblemOverlap]

  /// Computes the stage.
  /// - Parameter resumption: where to resume; nil: at the beginning.
  /// - Throws: what the observer, a hook or the task throws; TrainingError if a number stops being finite.
  func run(
    in environment: StageEnvironment, _ observer: any TrainingObserver, from resumption: StageResumption?
  ) throws -> LoadedModel
}

extension Stage {
  package var newModel: ModelConfiguration? { nil }
  package var adapters: LowRankAdapters? { nil }

  /// A model that predicts tokens, with the stage's adapters.
  package func shape(from source: ModelConfiguration) throws(ModelError) -> ModelConfiguration {
    try source.checkPredictsTokens()
    var shape = source
    (shape.adapters, shape.classifier) = (adapters, nil)
    try shape.check()
    return shape
  }

  package var stepsBetweenEvaluations: Int { evaluation?.every ?? 1 }
  package var ending: StageEnding { StageEnding() }
  package var notes: [String] { [] }
  package var cacheFacts: CacheFacts? { nil }
  package func tryHooks(seed: UInt64, pool: WorkerPool) throws {}
  package func overlaps(seed: UInt64) throws -> [ProblemOverlap] { [] }

  package var kind: String { Self.kind }

  package var info: StageInfo {
    StageInfo(
      name: name, kind: kind, steps: steps, task: taskName,
      evaluation: evaluation.map { EvaluationInfo($0, temperature: evaluationTemperature) }, best: ending.best)
  }
}
