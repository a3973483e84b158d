import SwerveModel

/// One stage of an experiment: everything that the program asks of it. A kind of stage is a plan that conforms, and nobody tells
/// kinds apart otherwise; what only some kinds can do is a protocol of its own, such as `RuleInspectable`.
package protocol Stage {
  /// The kind's word in records, plans and default names, such as "pretrain".
  static var kind: String { get }

  var name: String { get set }
  var source: ModelSource { get set }
  /// Steps of training, at least 1.
  var steps: Int { get }
  /// What is trained, as it calls itself.
  var taskName: String { get }
  /// What makes tokens of its texts; a model that another stage or a file gives must have the same.
  var tokenizer: any Tokenizer { get }
  /// The shape of the model that a stage without a source makes; nil: it needs a source.
  var newModel: ModelConfiguration? { get }

  var evaluation: EvaluationPlan? { get }
  /// tau of evaluations that sample and have none of their own; nil: that of the step.
  var evaluationTemperature: Float? { get }
  /// What its steps log.
  var metricNames: MetricNames { get }
  /// What may change over the steps, by the names of the options.
  var schedules: [(option: String, schedule: Schedule)] { get }

  /// The longest of each kind of texts that it reads or writes.
  /// - Throws: what its task throws.
  func longestTexts() throws -> [LongestText]
  /// What to do where its texts do not fit a model's context.
  var contextAdvice: String { get }
  /// How many tokens it is likely to take.
  /// - Throws: what its task throws.
  func cost(seed: UInt64) throws -> StageCost
  /// What one step does, in a few words.
  var stepSummary: String { get }
  /// What is no mistake, but easily overlooked.
  var notes: [String] { get }
  /// What decides its bits, so that its result may serve other runs; nil: it is computed in each.
  var cacheFacts: CacheFacts? { get }

  /// Computes the stage.
  /// - Parameter resumption: where to go on; nil: at the beginning.
  /// - Throws: what the observer, a hook or the task throws; TrainingError where a number stops being finite.
  func run(
    in environment: StageEnvironment, _ observer: any TrainingObserver, from resumption: StageResumption?
  ) throws -> LoadedModel
}

extension Stage {
  package var newModel: ModelConfiguration? { nil }
  package var notes: [String] { [] }
  package var cacheFacts: CacheFacts? { nil }

  package var kind: String { Self.kind }

  package var info: StageInfo {
    StageInfo(
      name: name, kind: kind, steps: steps, task: taskName,
      evaluation: evaluation.map { EvaluationInfo($0, temperature: evaluationTemperature) })
  }
}
