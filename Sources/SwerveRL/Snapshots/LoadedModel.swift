import SwerveModel

/// A model and the alphabet that it writes: what a stage starts from, and what it gives.
package struct LoadedModel {
  package let model: Transformer
  package let alphabet: String

  package init(model: Transformer, alphabet: String) {
    self.model = model
    self.alphabet = alphabet
  }

  var metadata: [(key: String, value: String)] {
    CheckpointMetadata.make(model.configuration, alphabet: alphabet)
  }
}
