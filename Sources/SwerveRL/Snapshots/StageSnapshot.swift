import SwerveModel
import SwerveTensor
import SwerveText

/// What a stage needs, beside its plan, to go on after a step as if it had never stopped. Random numbers need nothing: they
/// are addressed by step.
package struct StageSnapshot {
  package let stage: String
  /// Steps done, at least 1.
  package let step: Int
  /// The model's shape and tokenizer, numbers of the optimizer, and what the stage's hooks remember.
  package let metadata: [(key: String, value: String)]
  /// The model's weights by name, and the optimizer's moments. Borrowed for the length of a call.
  package let tensors: [NamedTensor]
  /// Memory of tensors that nothing else holds.
  private let kept: [FloatBuffer]

  init(
    stage: String, step: Int, metadata: [(key: String, value: String)], tensors: [NamedTensor],
    keeping kept: [FloatBuffer] = []
  ) {
    (self.stage, self.step, self.metadata, self.tensors, self.kept) = (stage, step, metadata, tensors, kept)
  }

  /// Whether a snapshot's tensor is one of the model that is trained.
  package static func isWeight(_ name: String) -> Bool {
    !SnapshotKey.ofOptimizers.containsExactly(name)
      && ![SnapshotKey.reference, SnapshotKey.best].contains { name.beginsExactly(with: $0) }
  }
}

/// Names in a snapshot that no model has.
enum SnapshotKey {
  static let firstMoment = "optimizer.m"
  static let secondMoment = "optimizer.v"
  static let optimizerSteps = "optimizer_steps"
  /// Of L-BFGS: changes of the point and of the gradient, pair after pair.
  static let pairPoints = "lbfgs.points"
  static let pairGradients = "lbfgs.gradients"
  static let pairs = "lbfgs_pairs"
  /// Tensors that are not weights.
  static let ofOptimizers = [firstMoment, secondMoment, pairPoints, pairGradients]
  /// In front of a tensor's name.
  static let reference = "reference."
  /// In front of a tensor's name: the weights after the best step.
  static let best = "best."
  static let bestStep = "best_step"
  static let bestValue = "best_value"
  /// Why the stage ended before its last step.
  static let stopped = "stopped"
  /// In front of a hook's name.
  static let state = "state/"
}

extension StageSnapshot {
  /// - Parameter movedReference: a reference that is no longer the stage's start.
  init(
    stage: String, step: Int, model: Transformer, tokenizer: any Tokenizer, optimizer: AdamW,
    state: (any StageState)?, movedReference: Transformer? = nil
  ) throws {
    let count = model.layout.count
    self.init(
      stage: stage, step: step,
      metadata: try Self.metadata(model, tokenizer, state) + [(SnapshotKey.optimizerSteps, "\(optimizer.step)")],
      tensors: model.wholeTensors + [
        NamedTensor(name: SnapshotKey.firstMoment, shape: [count], values: optimizer.moments.first),
        NamedTensor(name: SnapshotKey.secondMoment, shape: [count], values: optimizer.moments.second),
      ]
        + (movedReference?.tensors ?? []).map {
          NamedTensor(name: SnapshotKey.reference + $0.name, shape: $0.shape, values: $0.values)
        })
  }

  /// Of a stage without AdamW.
  init(stage: String, step: Int, model: Transformer, tokenizer: any Tokenizer, state: (any StageState)?) throws {
    self.init(
      stage: stage, step: step, metadata: try Self.metadata(model, tokenizer, state), tensors: model.wholeTensors)
  }

  private static func metadata(
    _ model: Transformer, _ tokenizer: any Tokenizer, _ state: (any StageState)?
  ) throws -> [(key: String, value: String)] {
    try CheckpointMetadata.make(model.configuration, tokenizer: tokenizer.identity)
      + (state?.saved() ?? []).map { (SnapshotKey.state + $0.hook, $0.text) }
  }
}
