import SwerveModel
import SwerveTensor

/// Names of the random streams of new tensors. They do not contain the stage's name, so that two stages which differ in a
/// rule start from the same tensors.
enum TrainedModelStream {
  static let critic = "finetune/critic"
  static let adapters = "adapters"
}

extension Transformer {
  /// The model that a stage trains when it starts from this one: low-rank adapters on it, or, without them, a copy. A model
  /// with adapters goes on with them, or is merged with them first.
  ///
  /// - Parameters:
  ///   - adapters: nil: all weights are trained.
  ///   - valueHeadWidth: the critic's, whose tensors are copied from a model that has them in this width; nil: as it is.
  ///   - seed: of new tensors.
  func trained(_ adapters: LowRankAdapters?, valueHeadWidth: Int? = nil, mode: MathMode, seed: UInt64) -> Transformer {
    let valueHeadWidth = valueHeadWidth ?? configuration.valueHeadWidth
    let trained: Transformer
    if let adapters {
      trained = Transformer(adapters, on: base ?? self, valueHeadWidth: valueHeadWidth)
    } else {
      var whole = configuration
      (whole.valueHeadWidth, whole.adapters, whole.classifier) = (valueHeadWidth, nil, nil)
      trained = Transformer(whole, mode: mode)
    }
    let missing = trained.load(from: adapters == nil ? merged() : self)
    trained.initialize(RandomStream(seed: seed, purpose: TrainedModelStream.critic)) {
      missing.containsExactly($0.name) && !$0.role.isAdapter
    }
    trained.initialize(RandomStream(seed: seed, purpose: TrainedModelStream.adapters)) {
      missing.containsExactly($0.name) && $0.role.isAdapter
    }
    return trained
  }
}
