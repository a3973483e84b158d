import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveTensor
import SwerveText

/// Loads the model that a path names, whatever tool wrote it.
package enum ModelLoading {
  /// - Throws: CheckpointError, ModelFileError or FileError for files that are missing, damaged or not supported.
  package static func model(_ files: ModelFiles, mode: MathMode, pool: WorkerPool) throws -> LoadedModel {
    if files.isCheckpoint { return try CheckpointLoading.model(files.checkpoint, mode: mode) }
    let stored = try files.stored()
    let tokenizer = try tokenizer(stored, files)
    return try files.located {
      let model = Transformer(stored.configuration, mode: mode)
      try stored.load(into: model, pool: pool)
      return LoadedModel(model: model, tokenizer: tokenizer)
    }
  }

  /// - Throws: UsageError for a model without a tokenizer; ModelFileError or ModelTokenizerError for one that can't be read, or that its embedding does not fit.
  package static func tokenizer(_ stored: StoredModel, _ files: ModelFiles) throws -> any Tokenizer {
    try files.located {
      let tokenizer: SubwordTokenizer
      switch stored.tokenizer {
      case .json(let file):
        tokenizer = try SubwordTokenizer(
          json: Array(file.bytes), names: SpecialTokenNames(stored), chatTemplate: stored.chatTemplate)
      case .gguf(let facts):
        tokenizer = try SubwordTokenizer(facts)
      case nil:
        throw UsageError("\(files.path) has no tokenizer", hint: "put the model's tokenizer.json into the folder")
      }
      try stored.checkVocabulary(of: tokenizer.definition.count)
      return tokenizer
    }
  }
}
