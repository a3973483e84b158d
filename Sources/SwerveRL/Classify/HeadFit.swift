import SwerveModel
import SwerveTensor
import SwerveText

/// How a head is fitted to all documents at once, on a model that stays as it is. With a loss that is convex in the scores, such
/// as all of `lua/swerve/hierarchy` but focal, there is one optimum, which depends on no seed, order or learning rate.
package struct HeadFit: Sendable {
  /// lambda of lambda / 2 times the sum of squares of the head's weights. Biases are free.
  package var l2: Double
  /// The fit ends where no element of the gradient is larger than this.
  package var tolerance: Double
  /// The most steps.
  package var steps: Int
  /// Pairs that limited-memory BFGS keeps.
  package var history: Int

  package init(l2: Double, tolerance: Double, steps: Int, history: Int) {
    (self.l2, self.tolerance, self.steps, self.history) = (l2, tolerance, steps, history)
  }
}

/// Ends a fit at its tolerance, or where no step lowers the objective.
private final class FitStop: StopCondition {
  private let tolerance: Double
  private let own: (any StopCondition)?
  /// No step was found along the last direction.
  var isExhausted = false

  init(_ fit: HeadFit, _ own: (any StopCondition)?) { (tolerance, self.own) = (fit.tolerance, own) }

  let contents: [UInt8]? = nil

  func reason(after step: Int, _ metrics: [Metric]) throws -> String? {
    if let largest = metrics.first(where: { $0.name === HeadFitting.largest })?.value, Double(largest) <= tolerance {
      return "no element of the gradient is larger than \(tolerance)"
    }
    if isExhausted { return "no step lowers the objective by more than its rounding" }
    return try own?.reason(after: step, metrics)
  }
}

/// A fit by L-BFGS: each step goes along one direction.
struct HeadFitting {
  let plan: ClassifyPlan
  let fit: HeadFit
  let model: Transformer
  let pool: WorkerPool

  static let largest = "grad_max"

  /// Fits the head of `model` in place.
  /// - Throws: what the observer or the loss throws; TrainingError if a number stops being finite.
  func run(_ observer: any TrainingObserver, from resumption: StageResumption? = nil) throws {
    let runner = ShardRunner(model.configuration, pool: pool)
    let training = try EncodedDocuments(plan.training, tokenizer: plan.tokenizer, limit: plan.length)
    let evaluator = try ClassificationEvaluator(plan, runner: runner)
    var directions = LimitedMemoryBFGS(history: fit.history)
    if let resumption {
      try resumption.restore(model, plan.state)
      for pair in try resumption.pairs(count: headCount) { directions.add(pair) }
    }
    try TrainingError.checkWeights(model, called: "the model", "stage \(plan.name), before its first step")
    if resumption == nil {
      try observer.didRead(plan.input(training, evaluator.sets), stage: plan.name)
    }
    let objective = HeadObjective(plan, l2: fit.l2, model: model, texts: training.texts, runner)
    var ending = plan.ending
    let stop = FitStop(fit, ending.stop)
    ending.stop = stop
    let course = try StageCourse(ending, steps: fit.steps, model: model, from: resumption)
    // The coefficients of the first step hold for all: a fit has one objective.
    let coefficients = try plan.coefficients.map { Metric($0.name, try $0.schedule.value(1, [])) }
    func value(_ weights: [Float], _ step: Int) throws -> HeadObjective.Value {
      try objective.value(weights, coefficients: coefficients, "stage \(plan.name), step \(step)")
    }
    var weights = headWeights
    var current = try value(weights, course.nextStep ?? 1)
    while let step = course.nextStep {
      let trace = observer.tensorTrace(plan.name, step: step)
      trace?.weights("start/", model)
      trace?.tensor("gradient", current.gradient)
      let (before, beforeStep) = (current, weights)
      var (found, length, evaluations) = (current, nil as Double?, 0)
      repeat {
        let direction = directions.direction(before.gradient)
        let slope = dot(before.gradient, direction)
        var search = WolfeSearch(value: before.total, slope: slope)
        let first = directions.pairs.isEmpty ? 1 / max(1, Double(before.norm)) : 1
        let point =
          try slope < 0
          ? search.run(first: first) { length in
            weights = zip(beforeStep, direction).map { Float(Double($0) + length * $1) }
            found = try value(weights, step)
            return (found.total, dot(found.gradient, direction))
          } : nil
        evaluations += search.evaluations
        length = weights == beforeStep ? nil : point?.step
        // Rounding may have made the estimate useless: the gradient itself is tried before the fit ends.
        if length == nil && directions.pairs.isEmpty { break }
        if length == nil { directions = LimitedMemoryBFGS(history: fit.history) }
      } while length == nil
      stop.isExhausted = length == nil
      if length == nil {
        weights = beforeStep
      } else {
        current = found
        let pair = LimitedMemoryBFGS.Pair(
          point: zip(weights, beforeStep).map { $0 - $1 },
          gradient: zip(current.gradient, before.gradient).map { $0 - $1 })
        if let pair { directions.add(pair) }
        set(weights)
      }
      trace?.weights("end/", model)
      var isEvaluated = false
      let metrics = try course.end(
        step, self.metrics(current, coefficients, step: length ?? 0, evaluations: evaluations)
      ) { isLast in
        isEvaluated = step % plan.every == 0 || isLast
        return isEvaluated ? try evaluator.evaluate(model, step: step, observer) : []
      }
      let tensors = model.wholeTensors
      let record = StepRecord(
        stage: plan.name, step: step, metrics: metrics, notCompared: [], weights: tensors,
        hasDigest: plan.digests.isDue(step, weights: tensors, isEvaluated: isEvaluated, course),
        stopped: course.stopped)
      try observer.endStep(record) {
        try StageSnapshot(stage: plan.name, step: step, model: model, tokenizer: plan.tokenizer, state: plan.state)
          .adding(course).adding(directions.pairs)
      }
    }
    course.takeBest()
  }

  private func metrics(
    _ value: HeadObjective.Value, _ coefficients: [Metric], step: Double, evaluations: Int
  ) -> [Metric] {
    [Metric("loss", Float(value.loss))] + value.parts.map { Metric("loss/" + $0.name, $0.value) }
      + [
        Metric("objective", Float(value.total)), Metric("grad_norm", value.norm), Metric(Self.largest, value.largest),
        Metric("step_size", Float(step)), Metric("evaluations", Float(evaluations)),
      ] + coefficients.map { Metric("coef/" + $0.name, $0.value) }
      + [Metric("documents", Float(plan.training.documents.count))]
  }

  // MARK: The head's numbers

  /// Weights, then biases: the tensors of the head in the order of the layout.
  private var head: [ParameterEntry] { model.layout.entries.filter(\.role.isClassifier) }
  private var headCount: Int { head.reduce(0) { $0 + $1.count } }

  private var headWeights: [Float] {
    head.flatMap { UnsafeBufferPointer(start: model.parameters + $0.offset, count: $0.count) }
  }

  private func set(_ weights: [Float]) {
    model.update { target in
      var first = 0
      for entry in head {
        for index in 0..<entry.count { target[entry.offset + index] = weights[first + index] }
        first += entry.count
      }
    }
  }
}

// MARK: Snapshots

extension StageSnapshot {
  /// With the pairs of L-BFGS. Value and gradient follow from the weights.
  fileprivate func adding(_ pairs: [LimitedMemoryBFGS.Pair]) -> StageSnapshot {
    func joined(_ values: (LimitedMemoryBFGS.Pair) -> [Float]) -> [Float] { pairs.flatMap(values) }
    let buffers = [FloatBuffer(joined(\.point)), FloatBuffer(joined(\.gradient))]
    let tensors = zip([SnapshotKey.pairPoints, SnapshotKey.pairGradients], buffers).map { name, buffer in
      NamedTensor(name: name, shape: [pairs.count, buffer.count / max(pairs.count, 1)], values: buffer.values)
    }
    return StageSnapshot(
      stage: stage, step: step, metadata: metadata + [(SnapshotKey.pairs, "\(pairs.count)")],
      tensors: self.tensors + (pairs.isEmpty ? [] : tensors), keeping: buffers)
  }
}

extension StageResumption {
  /// - Parameter count: numbers of a point.
  /// - Throws: ModelError that names what the snapshot lacks.
  fileprivate func pairs(count: Int) throws -> [LimitedMemoryBFGS.Pair] {
    guard let pairs = metadata(SnapshotKey.pairs).flatMap({ Int($0) }), (0...1 << 20).contains(pairs) else {
      throw ModelError("the snapshot's metadata lack a whole number `\(SnapshotKey.pairs)`")
    }
    if pairs == 0 { return [] }
    let points = try values(SnapshotKey.pairPoints, count: pairs * count)
    let gradients = try values(SnapshotKey.pairGradients, count: pairs * count)
    return try (0..<pairs).map { index in
      let range = index * count..<(index + 1) * count
      guard let pair = LimitedMemoryBFGS.Pair(point: Array(points[range]), gradient: Array(gradients[range])) else {
        throw ModelError("pair \(index + 1) of the snapshot's tensor \(SnapshotKey.pairPoints) has no curvature")
      }
      return pair
    }
  }
}
