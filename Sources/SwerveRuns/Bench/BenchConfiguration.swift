import SwerveModel

/// The models that are measured. PyTorch's side of the comparison uses the same ones.
package enum BenchConfiguration: String, CaseIterable, Sendable {
  case nano
  case small
  case gpt2

  package var model: ModelConfiguration {
    get throws {
      switch self {
      case .nano: try ModelConfiguration(layers: 4, heads: 4, width: 128, context: 256, vocabulary: 24)
      case .small: try ModelConfiguration(layers: 6, heads: 6, width: 384, context: 256, vocabulary: 24)
      case .gpt2: try ModelConfiguration(layers: 12, heads: 12, width: 768, context: 256, vocabulary: 50257)
      }
    }
  }

  /// Texts of a training step.
  var trainingBatch: Int {
    switch self {
    case .nano: 32
    case .small: 16
    case .gpt2: 2
    }
  }

  /// Texts that are sampled side by side.
  var samplingBatch: Int { self == .gpt2 ? 8 : 64 }

  /// Fine-tuning keeps tables of log-probabilities over the vocabulary, so it is measured only with small vocabularies.
  func has(_ part: BenchPart) -> Bool { part != .finetune || self != .gpt2 }

  /// Floating-point operations of forward and backward for one token: 6 for each weight of a matrix product, and attention
  /// over half of the context on average.
  func trainingOperations() throws -> Double {
    let c = try model
    return 6 * Double(c.productWeights) + 6 * Double(c.layers * c.width * c.context)
  }
}

/// The parts that are measured for a configuration. `Bench.explanation` explains them.
package enum BenchPart: String, CaseIterable, Sendable {
  case train
  case sample
  case finetune
}
