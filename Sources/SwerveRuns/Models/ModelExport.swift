import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveText

/// Writes models for other tools, and as checkpoints of swerve.
package enum ModelExport {
  /// Writes a folder that transformers loads: config.json, model.safetensors and the tokenizer's files. Adapters are merged
  /// with the model below them.
  /// - Parameter folder: is made; it must not exist or be empty.
  /// - Throws: UsageError for a folder with something in it, and for a tokenizer that other tools don't have;
  ///   ModelFileError for a model that they don't have; FileError. Nothing is left behind then.
  package static func huggingFace(_ model: LoadedModel, to folder: String) throws {
    guard let tokenizer = model.tokenizer as? SubwordTokenizer else {
      throw UsageError(
        "the model's \(model.tokenizer.identity.statement), which Hugging Face's tools can't load",
        hint: "only models that came from a Hugging Face folder or a GGUF file can go back")
    }
    try write(to: folder) { try HuggingFaceExport(tokenizer).files(of: model.model.merged()) }
  }

  /// Writes a folder that peft loads on top of the base model: adapter_config.json and adapter_model.safetensors.
  /// - Parameter folder: is made; it must not exist or be empty.
  /// - Throws: UsageError for a model without adapters; otherwise as `huggingFace`.
  package static func peft(_ model: LoadedModel, to folder: String) throws {
    guard model.model.base != nil else {
      throw UsageError(
        "the model has no adapters", hint: "a stage with train = \"lora\" has; export whole models with --to hf")
    }
    let base = if case .file(let path, _) = model.origin { path } else { "" }
    try write(to: folder) { try AdapterExport(model.model, base: base).files }
  }

  private static func write(to folder: String, _ make: () throws -> [HuggingFaceExport.File]) throws {
    if let kind = POSIXFile.kind(folder), try kind != .folder || !POSIXFile.list(folder).isEmpty {
      throw UsageError("\(folder) is there already", hint: "name a folder that does not exist, or remove that one")
    }
    let files: [HuggingFaceExport.File]
    do {
      files = try make()
    } catch let error as WeightFormatError {
      throw ModelFileError(path: Path.join(folder, error.file), error: error)
    }
    let made = try POSIXFile.makeFolders(folder)
    do {
      for file in files {
        try POSIXFile.writeAtomically(to: Path.join(folder, file.name)) { write in
          try file.write { try POSIXFile.forEachPiece(of: $0, write) }
        }
      }
    } catch {
      for file in files { try? POSIXFile.remove(Path.join(folder, file.name)) }
      for folder in made.reversed() { POSIXFile.removeIfEmpty(folder) }
      throw error
    }
  }

  /// Writes a checkpoint of swerve. Adapters are merged with the model below them.
  /// - Parameter source: the files of the model, none of which is replaced.
  /// - Throws: UsageError for a path of one of them, and for one that says another format.
  package static func checkpoint(_ model: LoadedModel, to path: String, from source: ModelFiles? = nil) throws {
    if path.endsExactly(with: ".gguf") {
      throw UsageError("\(path): a checkpoint of swerve is no GGUF file", hint: "name it with .safetensors at the end")
    }
    if source?.files.contains(where: { Path.absolute($0.place) === Path.absolute(path) }) == true {
      throw UsageError("\(path) is a file of the model itself", hint: "name another file")
    }
    let whole = LoadedModel(model: model.model.merged(), tokenizer: model.tokenizer)
    try CheckpointFile.write(path, tensors: whole.model.tensors, metadata: whole.metadata)
  }
}

extension HuggingFaceExport {
  init(_ tokenizer: SubwordTokenizer) {
    func id(_ role: SpecialRole) -> Int? { tokenizer[role].map { Int($0) } }
    let special = StoredModel.SpecialTokens(
      bos: id(.bos), eos: tokenizer.endTokens.map { Int($0) }, pad: id(.pad), unk: id(.unk))
    self.init(
      specialTokens: special,
      specialTokenTexts: SpecialRole.allCases.compactMap { role in
        tokenizer[role].map { (name: role.key, text: tokenizer.definition.text($0)) }
      }, chatTemplate: tokenizer.chatTemplate, tokenizer: tokenizer.definition.json)
  }
}
