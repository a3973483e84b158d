import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveTensor
import SwerveText

/// Loads the model that a path names, whatever tool wrote it.
package enum ModelLoading {
  /// - Throws: CheckpointError, ModelFileError or FileError for files that are missing, damaged or not supported.
  package static func model(_ files: ModelFiles, mode: MathMode, pool: WorkerPool) throws -> LoadedModel {
    if files.isCheckpoint {
      let checkpoint = try CheckpointFile.read(files.checkpoint)
      return try CheckpointLoading.model(checkpoint, path: files.checkpoint, base: files.base, mode: mode)
    }
    let stored = try files.stored()
    let tokenizer = try tokenizer(stored, files)
    return try files.located {
      let model = Transformer(stored.configuration, mode: mode)
      try stored.load(into: model, pool: pool)
      return LoadedModel(model: model, tokenizer: tokenizer)
    }
  }

  /// - Throws: ModelFileError for a model without a tokenizer, or with one that its embedding does not fit;
  ///   ModelTokenizerError for one that can't be read.
  package static func tokenizer(_ stored: StoredModel, _ files: ModelFiles) throws -> SubwordTokenizer {
    try files.located { try stored.makeTokenizer() }
  }
}
