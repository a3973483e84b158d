import SwerveText

/// A model as its files hold it: what it is, where its weights are, and what it says about text. All of it is checked
/// but the values themselves, which `load` reads.
package struct StoredModel: Sendable {
  /// Where a tokenizer can be made from.
  package enum TokenizerSource: Sendable {
    /// Hugging Face's tokenizer.json.
    case json(ModelFile)
    case gguf(GGUFTokenizerFacts)
  }

  /// Tokens that mean something to the model, by their ids. What the files do not say is absent.
  package struct SpecialTokens: Sendable, Equatable {
    package var bos: Int?
    /// Each of them ends an answer.
    package var eos: [Int] = []
    package var pad: Int?
    package var unk: Int?

    package init(bos: Int? = nil, eos: [Int] = [], pad: Int? = nil, unk: Int? = nil) {
      self.bos = bos
      self.eos = eos
      self.pad = pad
      self.unk = unk
    }
  }

  /// The name of the format.
  package let format: String
  package let configuration: ModelConfiguration
  /// Nil where the files have none.
  package let tokenizer: TokenizerSource?
  /// The chat template's text, in Jinja; nil where the files have none.
  package let chatTemplate: String?
  package let specialTokens: SpecialTokens
  /// Texts of special tokens by Hugging Face's names for them, such as `eos_token`, in the order of the file.
  package let specialTokenTexts: [(name: String, text: String)]
  /// Every tensor in the files, also those that are no parameters, such as causal masks or a classifier's head.
  package let tensors: [StoredTensor]
  /// The files that this model is read from.
  package let files: [ModelFile]
  /// One for each parameter, in the model's order.
  package let parameters: [ParameterSource]
  /// An output matrix beside tied embeddings: `load` demands that it equals the parameter of that name.
  let tiedCopy: (tensor: StoredTensor, embedding: String)?

  /// - Parameter tokens: how many ids the tokenizer knows (its largest id and one more). Fewer than the embedding has
  ///   rows is usual: some models pad it.
  /// - Throws: `WeightFormatError` for a tokenizer whose ids the embedding lacks.
  package func checkVocabulary(of tokens: Int) throws {
    guard tokens <= configuration.vocabulary else {
      throw WeightFormatError(
        .contradictory, files.first?.name ?? format, "vocabulary", found: "a tokenizer of \(tokens) tokens",
        expected: "at most the \(configuration.vocabulary) rows of the embedding")
    }
  }

  /// The values of a tensor by its name in the file, such as a classifier's head.
  /// - Throws: `WeightFormatError` if there is no such tensor, or if it has a type that weights are not read from.
  package func values(of name: String) throws -> [Float] {
    guard let tensor = tensors.first(where: { $0.name === name }), tensor.type != nil else {
      throw WeightFormatError(
        .missing, files.first?.name ?? format, "tensor \(shown(name))", found: "none that can be read",
        expected: "it in the files")
    }
    return [Float](unsafeUninitializedCapacity: tensor.count) { buffer, count in
      if let base = buffer.baseAddress { tensor.read(rows: 0..<tensor.rows, into: base) }
      count = tensor.count
    }
  }
}
