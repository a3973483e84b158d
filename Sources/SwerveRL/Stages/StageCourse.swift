import SwerveModel

/// The course of a stage while it is computed: which step comes next, whether the stage ends early, and the weights of
/// its best step. Every kind of stage goes through its steps with it:
///
///     let course = try StageCourse(plan.ending, steps: plan.steps, model: model, from: resumption)
///     while let step = course.nextStep {
///       // Train. Then evaluate, if it is time, and end the step:
///       let metrics = try course.end(step, trained) { isLast in try evaluator.evaluate(..., isLast: isLast, observer) }
///       let record = StepRecord(..., stopped: course.stopped)
///       try observer.endStep(record) { try StageSnapshot(...).adding(course) }
///     }
///     course.takeBest()
package final class StageCourse {
  private let stop: (any StopCondition)?
  private let steps: Int
  private let model: Transformer
  /// The best step so far; nil: the last step gives the result.
  private var best: BestStep?
  /// The weights after that step, of the shape of the model.
  private var weights: Transformer?
  private var done: Int
  /// Why the stage ended before its last step; nil: it did not.
  package private(set) var stopped: String?
  /// Whether no step before the last finished one was as good.
  package private(set) var isBest = false

  /// - Parameters:
  ///   - steps: at least 1.
  ///   - model: what the stage trains in place; adapters only, where it trains those.
  ///   - resumption: where to resume.
  /// - Throws: ModelError that names what a snapshot lacks.
  package init(_ ending: StageEnding, steps: Int, model: Transformer, from resumption: StageResumption?) throws {
    stop = ending.stop
    self.steps = steps
    self.model = model
    done = resumption?.step ?? 0
    stopped = resumption?.metadata(SnapshotKey.stopped)
    best = try ending.best.map { BestStep(by: $0, found: try resumption?.bestStep) }
    guard let resumption, best?.found != nil else { return }
    let kept = model.copy()
    try resumption.restore(kept, prefix: SnapshotKey.best)
    weights = kept
  }

  /// Nil: the stage is over.
  package var nextStep: Int? { stopped == nil && done < steps ? done + 1 : nil }

  /// Ends a step: asks whether the stage stops here, and keeps the weights if none before were better. A stage that stops
  /// evaluates at that step in any case, as it does at its last one.
  /// - Parameters:
  ///   - metrics: of the step, without those of an evaluation.
  ///   - evaluate: the metrics of an evaluation, empty where none is due; `isLast`: one is due in any case.
  /// - Returns: all metrics of the step.
  package func end(
    _ step: Int, _ metrics: [Metric], evaluate: (_ isLast: Bool) throws -> [Metric]
  ) throws -> [Metric] {
    let isLast = step == steps
    let evaluated = try evaluate(isLast)
    var all = metrics + evaluated
    if !isLast, let reason = try stop?.reason(after: step, all) {
      stopped = reason
      if evaluated.isEmpty { all += try evaluate(true) }
    }
    isBest = best?.add(step: step, all) == true
    if isBest { keep() }
    done = step
    return all
  }

  private func keep() {
    guard let weights else {
      weights = model.copy()
      return
    }
    _ = weights.load(from: model)
  }

  /// Gives the model the weights of the best step. Without one, the last step's stay. Call it when the stage is over.
  package func takeBest() {
    guard let weights, best?.found?.step != done else { return }
    _ = model.load(from: weights)
  }

  /// What a snapshot needs for all this.
  var saved: (metadata: [(key: String, value: String)], tensors: [NamedTensor]) {
    var metadata = stopped.map { [(key: SnapshotKey.stopped, value: $0)] } ?? []
    guard let found = best?.found, let weights else { return (metadata, []) }
    // Swift writes the shortest text that gives the same bits again.
    metadata += [(SnapshotKey.bestStep, "\(found.step)"), (SnapshotKey.bestValue, "\(found.value)")]
    let tensors = weights.tensors.map {
      NamedTensor(name: SnapshotKey.best + $0.name, shape: $0.shape, values: $0.values)
    }
    return (metadata, tensors)
  }
}

extension StageSnapshot {
  /// With what the stage's course needs to go on.
  func adding(_ course: StageCourse) -> StageSnapshot {
    let saved = course.saved
    return StageSnapshot(
      stage: stage, step: step, metadata: metadata + saved.metadata, tensors: tensors + saved.tensors)
  }
}
