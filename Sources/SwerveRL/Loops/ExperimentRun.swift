import SwerveModel
import SwerveTensor
import SwerveText

/// Runs the stages of an experiment one after the other, each from the model that its plan names.
package final class ExperimentRun {
  /// How checkpoints are found: SwerveRuns reads and verifies the file.
  package typealias CheckpointLoader = (_ path: String) throws -> LoadedModel

  package struct LoadedModel {
    package let model: Transformer
    package let alphabet: String

    package init(model: Transformer, alphabet: String) {
      self.model = model
      self.alphabet = alphabet
    }

    var metadata: [(key: String, value: String)] {
      CheckpointMetadata.make(model.configuration, alphabet: alphabet)
    }
  }

  private let plan: ExperimentPlan
  private let seed: UInt64
  private let mode: MathMode
  private let pool: WorkerPool
  private let loader: CheckpointLoader
  private let clock: () -> Double
  private var finished: [(name: String, result: LoadedModel)] = []

  package init(
    _ plan: ExperimentPlan, seed: UInt64, mode: MathMode, pool: WorkerPool, clock: @escaping () -> Double,
    loader: @escaping CheckpointLoader
  ) {
    self.plan = plan
    self.seed = seed
    self.mode = mode
    self.pool = pool
    self.loader = loader
    self.clock = clock
  }

  /// - Parameter resumption: where to go on; stages that are done are not told to the observer again.
  package func run(_ observer: any TrainingObserver, from resumption: ExperimentResumption? = nil) throws {
    finished = resumption?.finished ?? []
    for stage in plan.stages where !finished.contains(where: { $0.name === stage.name }) {
      try observer.stageWillStart(stage.info)
      let state = resumption?.current.flatMap { $0.stage === stage.name ? $0.state : nil }
      let stored = state == nil ? try observer.storedResult(of: stage.info) : nil
      let result = try stored ?? compute(stage, observer, from: state)
      finished.append((stage.name, result))
      try observer.stageDidEnd(stage.info, metadata: result.metadata, weights: result.model.tensors)
    }
  }

  private func compute(
    _ stage: StagePlan, _ observer: any TrainingObserver, from state: StageResumption?
  ) throws -> LoadedModel {
    switch stage {
    case .pretrain(let plan): try pretrain(plan, observer, from: state)
    case .finetune(let plan): try finetune(plan, observer, from: state)
    }
  }

  private func pretrain(
    _ plan: PretrainPlan, _ observer: any TrainingObserver, from resumption: StageResumption?
  ) throws -> LoadedModel {
    let seed = plan.seed ?? seed
    let model: Transformer
    if let source = try self.source(plan.source) {
      try checkAlphabet(source, plan.task, stage: plan.name)
      model = source.model.copy()
    } else {
      guard let configuration = plan.model else {
        throw ModelError("stage \(plan.name) has neither a model to make nor one to start from")
      }
      model = Transformer(configuration, mode: mode)
      model.initialize(RandomStream(seed: seed, purpose: plan.name + "/weights"))
    }
    try PreTraining(plan, model: model, pool: pool, seed: seed, clock: clock).run(observer, from: resumption)
    return LoadedModel(model: model, alphabet: plan.task.alphabet)
  }

  private func finetune(
    _ plan: FinetunePlan, _ observer: any TrainingObserver, from resumption: StageResumption?
  ) throws -> LoadedModel {
    guard let source = try self.source(plan.source) else {
      throw ModelError("stage \(plan.name) has no model to start from: set `from` to a stage or a checkpoint file")
    }
    try checkAlphabet(source, plan.task, stage: plan.name)
    try checkContext(source.model.configuration, plan)
    var configuration = source.model.configuration
    configuration.valueHeadWidth = plan.criticWidth
    let policy = Transformer(configuration, mode: mode)
    let missing = policy.load(from: source.model)
    policy.initialize(RandomStream(seed: seed, purpose: FineTuningStream.critic)) { missing.containsExactly($0) }
    // Other stages start from the source, so a reference that moves is a copy.
    let reference = plan.referenceSync == nil ? source.model : source.model.copy()
    try FineTuning(plan, policy: policy, reference: reference, pool: pool, seed: seed, clock: clock)
      .run(observer, from: resumption)
    return LoadedModel(model: policy, alphabet: plan.task.alphabet)
  }

  private func source(_ source: ModelSource) throws -> LoadedModel? {
    switch source {
    case .fresh: return nil
    case .checkpoint(let path): return try loader(path)
    case .stage(let name):
      guard let stage = finished.first(where: { $0.name === name }) else {
        throw ModelError("stage \(name) is not there to start from")
      }
      return stage.result
    }
  }

  private func checkAlphabet(_ source: LoadedModel, _ task: any Task, stage: String) throws {
    if source.alphabet !== task.alphabet {
      throw ModelError(
        "stage \(stage): the model's alphabet is \(debug(source.alphabet)), but task \(task.name) writes "
          + "\(debug(task.alphabet)): start from a model that was trained on this task")
    }
  }

  private func checkContext(_ configuration: ModelConfiguration, _ plan: FinetunePlan) throws {
    for set in [ProblemSet.training] + (plan.evaluation?.sets.map(\.set) ?? []) {
      let need = try plan.task.longestText(in: set)
      if need > configuration.context {
        throw ModelError(
          "stage \(plan.name): a text of set \(set.name) may take \(need) tokens, but the model's context is "
            + "\(configuration.context): \(plan.task.contextAdvice)")
      }
    }
  }

  private func debug(_ text: String) -> String { String(reflecting: text) }
}
