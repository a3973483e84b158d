import SwerveModel

/// What a model's files say about text: all that a script needs of a model before it is trained. Weights are not read for it.
package struct ModelText: Sendable {
  /// The model as messages name it: its path, or a stage.
  package let name: String
  package let tokenizer: any Tokenizer
  /// The Jinja template of its chat format; nil where the model has none.
  package let chatTemplate: String?
  /// The texts that such a template calls `bos_token` and `eos_token`.
  package let beginToken: String?
  package let endToken: String?

  package init(
    name: String, tokenizer: any Tokenizer, chatTemplate: String? = nil, beginToken: String? = nil,
    endToken: String? = nil
  ) {
    self.name = name
    self.tokenizer = tokenizer
    self.chatTemplate = chatTemplate
    self.beginToken = beginToken
    self.endToken = endToken
  }

  /// The same for the result of a stage, which may have another tokenizer than the model that the stage started from.
  static func result(ofStage name: String, tokenizer: any Tokenizer, from source: ModelText?) -> ModelText {
    ModelText(
      name: name, tokenizer: tokenizer, chatTemplate: source?.chatTemplate, beginToken: source?.beginToken,
      endToken: source?.endToken)
  }
}

/// Reads the text part of a model, by the path that the script gave, relative to its folder. SwerveRuns opens the files.
package typealias ModelTextReader = (_ path: String) throws -> ModelText
