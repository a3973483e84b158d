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
      let definition: TokenizerDefinition
      switch stored.tokenizer {
      case .json(let file): definition = try TokenizerDefinition(json: Array(file.bytes), file: file.name)
      case .gguf(let facts): definition = try facts.definition()
      case nil:
        throw UsageError("\(files.path) has no tokenizer", hint: "put the model's tokenizer.json into the folder")
      }
      try stored.checkVocabulary(of: definition.count)
      return try SubwordTokenizer(
        definition, names: SpecialTokenNames(stored, definition), chatTemplate: stored.chatTemplate ?? "")
    }
  }
}

extension SpecialTokenNames {
  /// What a model's files say, by texts or by numbers.
  fileprivate init(_ stored: StoredModel, _ definition: TokenizerDefinition) {
    self.init()
    for role in SpecialRole.allCases {
      self[role] = stored.specialTokenTexts.first { $0.name === role.key }?.text
    }
    func text(_ id: Int?) -> String? {
      guard let id, id < definition.count else { return nil }
      return definition.text(Int32(id))
    }
    let special = stored.specialTokens
    for (role, id) in [(SpecialRole.bos, special.bos), (.pad, special.pad), (.unk, special.unk)] where self[role] == nil
    {
      self[role] = text(id)
    }
    if self[.eos] == nil { self[.eos] = text(special.eos.first) }
    ends = special.eos.compactMap(text).map { ExactString($0) }
  }
}
