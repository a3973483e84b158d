import SwerveModel

/// What a stage takes, in bytes: an estimate from the sizes of its model and the lengths of its texts.
package struct StageSize {
  /// Memory while it computes, its own model included, without the model that it starts from.
  package let memory: Int
  /// Memory of its result, which later stages may start from.
  package let result: Int
  /// Its checkpoint on the disk.
  package let checkpoint: Int
  /// A snapshot to go on from, on the disk until the stage ends: weights and both moments of the optimizer, and the
  /// weights of the best step where these are kept.
  package let snapshot: Int

  /// - Parameters:
  ///   - model: the estimate of its result.
  ///   - memory: what computing takes beside the result.
  ///   - keepsBest: whether the weights of the best step are kept beside the model.
  package init(_ model: MemoryEstimate, memory: Int, keepsBest: Bool = false) {
    result = model.weights + model.panels
    self.memory = memory + result + (keepsBest ? model.weights : 0)
    checkpoint = model.weights
    snapshot = (keepsBest ? 4 : 3) * checkpoint
  }
}

extension EvaluationPlan {
  /// The memory of an evaluation: cached keys and values, and the logits that the sampler keeps.
  func memory(_ cost: StageCost, _ model: MemoryEstimate) -> Int {
    let episodes = sets.map(\.episodes).max() ?? 0
    return model.sampling(texts: episodes, length: cost.textLength) + keptRows(episodes * cost.answerLength, model)
  }
}

/// A table of logits or log-probabilities of some tokens; none where it would be too large to keep.
func keptRows(_ tokens: Int, _ model: MemoryEstimate) -> Int {
  let size = model.rows(tokens: tokens)
  return size <= 4 * Collector.mostLogits ? size : 0
}
