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

  /// - Parameter path: for errors.
  static func model(
    _ checkpoint: Checkpoint, path: String, mode: MathMode
  ) throws -> LoadedModel {
    let (configuration, tokenizer) = try description(checkpoint, path: path)
    let model = Transformer(configuration, mode: mode)
    model.update { weights in
      for entry in model.layout.entries { checkpoint.copy(entry.name, to: weights + entry.offset) }
    }
    return LoadedModel(model: model, tokenizer: tokenizer)
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
