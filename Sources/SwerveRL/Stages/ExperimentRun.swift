import SwerveModel
import SwerveTensor
import SwerveText

/// A whole experiment: stages in the order in which they run, each after the stages that it starts from.
package struct ExperimentPlan {
  package var name: String
  package var stages: [any Stage]

  package init(name: String, stages: [any Stage]) {
    self.name = name
    self.stages = stages
  }

  /// Whether a stage trains adapters on the model of a file; their checkpoints then name it with its digest.
  package func trainsAdapters(ofFile path: String) -> Bool {
    stages.contains { stage in
      guard case .checkpoint(let source) = stage.source else { return false }
      return source === path && stage.adapters != nil
    }
  }
}

/// Runs the stages of an experiment one after another. Each starts from the model that its plan names.
package final class ExperimentRun {
  /// Loads a checkpoint. SwerveRuns reads and verifies the file.
  package typealias CheckpointLoader = (_ path: String) throws -> LoadedModel

  private let plan: ExperimentPlan
  private let seed: UInt64
  private let mode: MathMode
  private let pool: WorkerPool
  private let loader: CheckpointLoader
  private let clock: () -> Double
  private var finished: [(name: String, result: LoadedModel)] = []
  /// The models of files that are still in use, as adapters use the model below them: stages on one file share it.
  private var sources: [(path: String, model: SharedModel)] = []

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

  /// - Parameter resumption: where to resume; finished stages are not reported to the observer again.
  package func run(_ observer: any TrainingObserver, from resumption: ExperimentResumption? = nil) throws {
    finished = resumption?.finished ?? []
    for stage in plan.stages where !finished.contains(where: { $0.name === stage.name }) {
      try observer.stageWillStart(stage.info)
      let state = resumption?.current.flatMap { $0.stage === stage.name ? $0.state : nil }
      let stored = state == nil ? try observer.result(of: stage.info) : nil
      let result = try stored ?? compute(stage, observer, from: state)
      finished.append((stage.name, result))
      try observer.stageDidEnd(stage.info, metadata: result.metadata, weights: result.model.tensors)
    }
  }

  private func compute(
    _ stage: any Stage, _ observer: any TrainingObserver, from state: StageResumption?
  ) throws -> LoadedModel {
    let source = try self.source(stage.source)
    if let source { try checkTokenizer(source, stage) }
    guard let shape = source?.model.configuration ?? stage.newModel else {
      throw ModelError("stage \(stage.name) has no model to start from: set `from` to a stage or a checkpoint file")
    }
    try stage.requireRoom(in: shape.context)
    let environment = StageEnvironment(source: source, seed: seed, mode: mode, pool: pool, clock: clock)
    return try stage.run(in: environment, observer, from: state)
  }

  private func source(_ source: ModelSource) throws -> LoadedModel? {
    switch source {
    case .fresh: return nil
    case .checkpoint(let path): return try read(path)
    case .stage(let name):
      guard let stage = finished.first(where: { $0.name === name }) else {
        throw ModelError("stage \(name) is not there to start from")
      }
      let result = stage.result
      // Adapters keep the model below them.
      if result.model.base != nil { return result }
      return LoadedModel(model: result.model, tokenizer: result.tokenizer, origin: .stage(name))
    }
  }

  private func read(_ path: String) throws -> LoadedModel {
    if let known = sources.last(where: { $0.path === path })?.model.loaded { return known }
    let loaded = try loader(path)
    sources.append((path, SharedModel(loaded)))
    return loaded
  }

  /// A model as long as others hold it.
  private struct SharedModel {
    private weak var model: Transformer?
    private let tokenizer: any Tokenizer
    private let origin: ModelOrigin?

    init(_ loaded: LoadedModel) { (model, tokenizer, origin) = (loaded.model, loaded.tokenizer, loaded.origin) }

    var loaded: LoadedModel? { model.map { LoadedModel(model: $0, tokenizer: tokenizer, origin: origin) } }
  }

  private func checkTokenizer(_ source: LoadedModel, _ stage: any Stage) throws {
    let (model, task) = (source.tokenizer.identity, stage.tokenizer.identity)
    if model != task {
      throw ModelError(
        "stage \(stage.name): the model's \(model.statement), but task \(stage.taskName) writes "
          + "\(task.description(beside: model)): start from a model that was trained on this task")
    }
  }
}
