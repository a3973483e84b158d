import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveTensor
import SwerveText

/// Loads the model that a path names, whatever tool wrote it.
package enum ModelLoading {
  /// - Throws: CheckpointError, ModelFileError or FileError for files that are missing, damaged or not supported.
  package static func model(_ files: ModelFiles, mode: MathMode, pool: WorkerPool) throws -> LoadedModel {
    try model(files, checkpoint: nil, mode: mode, pool: pool)
  }

  /// - Parameters:
  ///   - checkpoint: the content of a checkpoint that was read before.
  ///   - base: the model below adapters, where it is known.
  static func model(
    _ files: ModelFiles, checkpoint: Checkpoint?, base: ModelFiles? = nil, mode: MathMode, pool: WorkerPool
  ) throws -> LoadedModel {
    if files.isCheckpoint {
      return try CheckpointLoading.model(
        checkpoint ?? CheckpointFile.read(files.checkpoint), path: files.checkpoint,
        base: base ?? files.base.map { try ModelFiles($0) }, mode: mode)
    }
    let stored = try files.stored()
    let tokenizer = try files.tokenizer()
    return try files.located {
      let model = Transformer(stored.configuration, mode: mode)
      try stored.load(into: model, pool: pool)
      return LoadedModel(model: model, tokenizer: tokenizer)
    }
  }
}

extension LoadedModel {
  /// Checks that the model writes with the tokens of a stage's task.
  /// - Parameter name: the model's, as the command line has it.
  /// - Throws: UsageError.
  func requireTokenizer(of stage: any Stage, called name: String, hint: String? = nil) throws {
    let (found, expected) = (tokenizer.identity, stage.tokenizer.identity)
    if found == expected { return }
    throw UsageError(
      "\(name) writes \(found), but task \(stage.taskName) of stage \(stage.name) "
        + "writes \(expected.description(beside: found))", hint: hint)
  }
}
