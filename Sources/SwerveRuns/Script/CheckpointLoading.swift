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
    do {
      let (configuration, tokenizer) = try CheckpointMetadata.read { checkpoint.metadata($0) }
      let model = try CheckpointMetadata.model(
        configuration, mode: mode, tensors: checkpoint.count, shape: checkpoint.shape, copy: checkpoint.copy)
      return LoadedModel(model: model, tokenizer: tokenizer)
    } catch let error as ModelError {
      throw CheckpointError.damaged(path: path, detail: error.message)
    }
  }
}
