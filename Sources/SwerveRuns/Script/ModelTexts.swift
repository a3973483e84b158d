import SwerveModel
import SwerveRecords
import SwerveScript
import SwerveText

/// Reads what a model's files say about text, without its weights.
enum ModelTexts {
  /// - Parameter name: as messages call the model.
  /// - Throws: CheckpointError, ModelFileError or ModelTokenizerError for files that are missing, damaged or not
  ///   supported; FileError for one that can't be read.
  static func read(_ files: ModelFiles, name: String) throws -> ModelText {
    let tokenizer: any Tokenizer =
      try files.isCheckpoint ? tokenizer(ofCheckpoint: files) : files.tokenizer()
    guard let subword = tokenizer as? SubwordTokenizer else { return ModelText(name: name, tokenizer: tokenizer) }
    func text(_ role: SpecialRole) -> String? { subword[role].map { subword.definition.text($0) } }
    return ModelText(
      name: name, tokenizer: tokenizer, chatTemplate: subword.chatTemplate, beginToken: text(.bos),
      endToken: text(.eos))
  }

  private static func tokenizer(ofCheckpoint files: ModelFiles) throws -> any Tokenizer {
    let metadata = try CheckpointFile.metadata(files.checkpoint)
    do {
      return try CheckpointMetadata.read { key in metadata.first { $0.key === key }?.value }.tokenizer
    } catch let error as ModelError {
      throw CheckpointError.damaged(path: files.path, detail: error.message)
    }
  }
}
