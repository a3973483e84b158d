import SwerveModel

/// A model and the tokenizer that it writes with: what a stage starts from, and what it gives.
package struct LoadedModel {
  package let model: Transformer
  package let tokenizer: any Tokenizer

  package init(model: Transformer, tokenizer: any Tokenizer) {
    self.model = model
    self.tokenizer = tokenizer
  }

  package var metadata: [(key: String, value: String)] {
    CheckpointMetadata.make(model.configuration, tokenizer: tokenizer.identity)
  }
}
