import SwerveText

/// A model as a folder that transformers loads. This module writes no files: it gives each file's name and bytes.
///
/// Weights are float32. A value head is left out, as Hugging Face's models have none.
package struct HuggingFaceExport {
  /// A file that the caller writes.
  package struct File {
    package let name: String
    package let byteCount: Int
    /// Hands over the file's bytes in pieces, in their order. They are valid during the call only.
    package let write: (_ sink: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  }

  package var specialTokens: StoredModel.SpecialTokens
  /// By Hugging Face's names, such as `eos_token`.
  package var specialTokenTexts: [(name: String, text: String)]
  package var chatTemplate: String?
  /// The text of tokenizer.json; nil: the folder gets no tokenizer.
  package var tokenizer: String?

  package init(
    specialTokens: StoredModel.SpecialTokens = StoredModel.SpecialTokens(),
    specialTokenTexts: [(name: String, text: String)] = [], chatTemplate: String? = nil, tokenizer: String? = nil
  ) {
    self.specialTokens = specialTokens
    self.specialTokenTexts = specialTokenTexts
    self.chatTemplate = chatTemplate
    self.tokenizer = tokenizer
  }

  /// - Parameter model: must live until the files are written; its weights are read then.
  /// - Throws: `WeightFormatError` for a model that Hugging Face's classes can't express.
  package func files(of model: Transformer) throws -> [File] {
    let configuration = model.configuration
    var files = [Self.text("config.json", try config(configuration).pretty())]
    let prefix = Self.prefix(of: configuration)
    let parameters = zip(model.layout.entries, model.tensors).filter { !$0.0.role.isAdded }.map {
      NamedTensor(name: prefix + $0.1.name, shape: $0.1.shape, values: $0.1.values)
    }
    files.append(try Self.weights("model.safetensors", model, parameters))
    if let tokenizer { files.append(Self.text("tokenizer.json", tokenizer)) }
    if tokenizer != nil || chatTemplate != nil {
      files.append(Self.text("tokenizer_config.json", tokenizerConfig(configuration).pretty()))
    }
    return files
  }

  /// What stands before all names in a file.
  static func prefix(of configuration: ModelConfiguration) -> String {
    configuration.family.name === HuggingFaceKind.gpt2.family ? HuggingFaceKind.gpt2.prefix : ""
  }

  /// - Parameter model: owns the parameters' values.
  static func weights(_ name: String, _ model: Transformer, _ parameters: [NamedTensor]) throws -> File {
    let head = try Safetensors.head(metadata: [("format", "pt")], tensors: parameters)
    let size = head.count + parameters.reduce(0) { $0 + 4 * $1.values.count }
    return File(name: name, byteCount: size) { sink in
      try head.withUnsafeBytes(sink)
      for parameter in parameters { try Safetensors.write(parameter, to: sink) }
      withExtendedLifetime(model) {}
    }
  }

  private func tokenizerConfig(_ configuration: ModelConfiguration) -> JSONValue {
    var members = [JSONMember("tokenizer_class", "PreTrainedTokenizerFast")]
    members.append(JSONMember("clean_up_tokenization_spaces", false))
    members.append(JSONMember("model_max_length", .integer(configuration.context)))
    members += specialTokenTexts.map { JSONMember($0.name, .string($0.text)) }
    if let chatTemplate { members.append(JSONMember("chat_template", .string(chatTemplate))) }
    return .object(members)
  }

  static func text(_ name: String, _ text: String) -> File {
    File(name: name, byteCount: text.utf8.count) { sink in
      try Array(text.utf8).withUnsafeBytes(sink)
    }
  }
}
