import SwerveModel
import SwerveText

/// A snapshot that was read back: where a stage goes on.
package struct StageResumption {
  /// Steps done, at least 1.
  package let step: Int
  /// Of that step: schedules see them at the next one.
  package let metrics: [Metric]
  let metadata: (String) -> String?
  let tensor: (String) -> [Float]?

  /// - Parameters:
  ///   - metadata: looks a key of the snapshot up.
  ///   - tensor: the values of a tensor of the snapshot.
  package init(
    step: Int, metrics: [Metric], metadata: @escaping (String) -> String?, tensor: @escaping (String) -> [Float]?
  ) {
    self.step = step
    self.metrics = metrics
    self.metadata = metadata
    self.tensor = tensor
  }

  /// Fills a model, its optimizer and what the stage's hooks remember.
  /// - Throws: ModelError that names what the snapshot lacks; what the state throws.
  func restore(_ model: Transformer, _ optimizer: AdamW, _ state: (any StageState)?) throws {
    try restore(model, state)
    guard let steps = metadata(SnapshotKey.optimizerSteps).flatMap({ Int($0) }) else {
      throw ModelError("the snapshot's metadata lack a whole number `\(SnapshotKey.optimizerSteps)`")
    }
    guard (0...1 << 40).contains(steps) else {
      throw ModelError("the snapshot's metadata say \(SnapshotKey.optimizerSteps) = \(steps), expected 0...\(1 << 40)")
    }
    let count = model.layout.count
    try optimizer.restore(
      steps: steps, m: values(SnapshotKey.firstMoment, count: count),
      v: values(SnapshotKey.secondMoment, count: count))
  }

  /// Fills a model and what the stage's hooks remember.
  /// - Throws: ModelError that names what the snapshot lacks; what the state throws.
  func restore(_ model: Transformer, _ state: (any StageState)?) throws {
    try state?.restore { metadata(SnapshotKey.state + $0) }
    try restore(model, prefix: "")
  }

  /// The best step so far; nil: none had measured the metric.
  /// - Throws: ModelError for metadata that are not as a snapshot has them.
  var bestStep: BestStep.Found? {
    get throws {
      guard let step = metadata(SnapshotKey.bestStep) else { return nil }
      guard let step = Int(step), (1...self.step).contains(step) else {
        throw ModelError("the snapshot's metadata say \(SnapshotKey.bestStep) = \(step), expected 1...\(self.step)")
      }
      let text = metadata(SnapshotKey.bestValue)
      guard let value = text.flatMap({ Float($0) }), !value.isNaN else {
        throw ModelError(
          metadataOf: "snapshot", SnapshotKey.bestValue, found: text ?? "nothing", expected: "a number")
      }
      return BestStep.Found(step: step, value: value)
    }
  }

  /// Fills a model from tensors whose names have a prefix.
  func restore(_ model: Transformer, prefix: String) throws {
    for entry in model.layout.entries {
      let values = try values(prefix + entry.name, count: entry.count)
      model.update { weights in
        values.withUnsafeBufferPointer { (weights + entry.offset).update(from: $0.baseAddress!, count: entry.count) }
      }
    }
  }

  func values(_ name: String, count: Int) throws -> [Float] {
    guard let values = tensor(name) else { throw ModelError("the snapshot lacks tensor \(name)") }
    guard values.count == count else {
      throw ModelError("tensor \(name) of the snapshot has \(values.count) numbers, expected \(count)")
    }
    return values
  }
}

/// Where an experiment goes on: stages that are done, and perhaps one that is not.
package struct ExperimentResumption {
  package let finished: [(name: String, result: LoadedModel)]
  package let current: (stage: String, state: StageResumption)?

  package init(
    finished: [(name: String, result: LoadedModel)], current: (stage: String, state: StageResumption)?
  ) {
    self.finished = finished
    self.current = current
  }
}
