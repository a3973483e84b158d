import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveTensor
import SwerveText

/// Loads a model from a checkpoint file.
package enum CheckpointLoading {
  /// - Throws: CheckpointError for a file that is missing, cut off or damaged, and for one whose tensors do not fit its
  ///   configuration.
  package static func model(_ path: String, mode: MathMode) throws -> LoadedModel {
    try model(try CheckpointFile.read(path), path: path, mode: mode)
  }

  /// - Parameters:
  ///   - path: for errors, and to find the model below adapters.
  ///   - base: the model below adapters, where it is known or the user names it.
  /// - Throws: also UsageError for `base` beside a whole model.
  static func model(
    _ checkpoint: Checkpoint, path: String, base: ModelFiles? = nil, mode: MathMode
  ) throws -> LoadedModel {
    let (configuration, tokenizer) = try description(checkpoint, path: path)
    let below = try configuration.adapters.map { _ in try AdapterBase(checkpoint, path: path) }
    let model: Transformer
    if let adapters = configuration.adapters, let below {
      let base = try below.model(below.find(given: base), shape: configuration, mode: mode)
      model = Transformer(adapters, on: base, valueHeadWidth: configuration.valueHeadWidth)
    } else if base != nil {
      throw UsageError("--base is for checkpoints of adapters, and \(path) holds a whole model")
    } else {
      model = Transformer(configuration, mode: mode)
    }
    model.update { weights in
      for entry in model.layout.entries { checkpoint.copy(entry.name, to: weights + entry.offset) }
    }
    return LoadedModel(model: model, tokenizer: tokenizer, origin: below?.origin)
  }

  /// The shape and the tokenizer of a checkpoint's model, whose tensors fit the shape.
  static func description(
    _ checkpoint: Checkpoint, path: String
  ) throws -> (configuration: ModelConfiguration, tokenizer: any Tokenizer) {
    do {
      let found = try CheckpointMetadata.read { checkpoint.metadata($0) }
      try CheckpointMetadata.check(
        found.configuration, tokenizer: found.tokenizer, tensors: checkpoint.count, shape: checkpoint.shape)
      return found
    } catch let error as ModelError {
      throw CheckpointError.damaged(path: path, detail: error.message)
    }
  }
}
