import SwerveModel
import SwerveRecords
import SwerveScript
import SwerveText

/// Reads what a model's files say about text, without its weights.
enum ModelTexts {
  /// - Parameters:
  ///   - path: where the file is.
  ///   - name: as messages call the model.
  /// - Throws: CheckpointError for a file that is missing, cut off, damaged or no checkpoint; FileError for one that can't be read.
  static func read(_ path: String, name: String) throws -> ModelText {
    let metadata = try CheckpointFile.metadata(path)
    do {
      let (_, tokenizer) = try CheckpointMetadata.read { key in metadata.first { $0.key === key }?.value }
      return ModelText(name: name, tokenizer: tokenizer)
    } catch let error as ModelError {
      throw CheckpointError.damaged(path: path, detail: error.message)
    }
  }
}
