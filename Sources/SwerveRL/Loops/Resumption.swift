import SwerveModel
import SwerveTensor
import SwerveText

/// What a stage needs, beside its plan, to go on after a step as if it had never stopped. Random numbers need nothing: they
/// are addressed by step.
package struct StageSnapshot {
  package let stage: String
  /// Steps done, at least 1.
  package let step: Int
  /// The model's shape and alphabet, numbers of the optimizer, and what the stage's hooks remember.
  package let metadata: [(key: String, value: String)]
  /// The model's weights by name, and the optimizer's moments. Borrowed for the length of a call.
  package let tensors: [NamedTensor]

  /// Whether a snapshot's tensor is one of the model that is trained.
  package static func isWeight(_ name: String) -> Bool {
    name !== SnapshotKey.firstMoment && name !== SnapshotKey.secondMoment
      && !name.beginsExactly(with: SnapshotKey.reference)
  }
}

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
  /// - Throws: ModelError that names what the snapshot lacks; what the memory throws.
  func restore(_ model: Transformer, _ optimizer: AdamW, _ memory: (any StageMemory)?) throws {
    try memory?.restore { metadata(SnapshotKey.memory + $0) }
    try restore(model, prefix: "")
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

  /// Fills a model from tensors whose names have a prefix.
  func restore(_ model: Transformer, prefix: String) throws {
    for entry in model.layout.entries {
      let values = try values(prefix + entry.name, count: entry.count)
      model.update { weights in
        values.withUnsafeBufferPointer { (weights + entry.offset).update(from: $0.baseAddress!, count: entry.count) }
      }
    }
  }

  private func values(_ name: String, count: Int) throws -> [Float] {
    guard let values = tensor(name) else { throw ModelError("the snapshot lacks tensor \(name)") }
    guard values.count == count else {
      throw ModelError("tensor \(name) of the snapshot has \(values.count) numbers, expected \(count)")
    }
    return values
  }
}

/// Names in a snapshot that no model has.
enum SnapshotKey {
  static let firstMoment = "optimizer.m"
  static let secondMoment = "optimizer.v"
  static let optimizerSteps = "optimizer_steps"
  /// In front of a tensor's name.
  static let reference = "reference."
  /// In front of a hook's name.
  static let memory = "state/"
}

extension StageSnapshot {
  /// - Parameter movedReference: a reference that is no longer the stage's start.
  init(
    stage: String, step: Int, model: Transformer, alphabet: String, optimizer: AdamW, memory: (any StageMemory)?,
    movedReference: Transformer? = nil
  ) throws {
    self.stage = stage
    self.step = step
    metadata =
      try CheckpointMetadata.make(model.configuration, alphabet: alphabet)
      + [(SnapshotKey.optimizerSteps, "\(optimizer.step)")]
      + (memory?.saved() ?? []).map { (SnapshotKey.memory + $0.hook, $0.text) }
    let count = model.layout.count
    tensors =
      model.tensors + [
        NamedTensor(name: SnapshotKey.firstMoment, shape: [count], values: optimizer.moments.first),
        NamedTensor(name: SnapshotKey.secondMoment, shape: [count], values: optimizer.moments.second),
      ]
      + (movedReference?.tensors ?? []).map {
        NamedTensor(name: SnapshotKey.reference + $0.name, shape: $0.shape, values: $0.values)
      }
  }
}

/// Where an experiment goes on: stages that are done, and perhaps one that is not.
package struct ExperimentResumption {
  package let finished: [(name: String, result: ExperimentRun.LoadedModel)]
  package let current: (stage: String, state: StageResumption)?

  package init(
    finished: [(name: String, result: ExperimentRun.LoadedModel)], current: (stage: String, state: StageResumption)?
  ) {
    self.finished = finished
    self.current = current
  }
}
