import SwerveText

/// A head that gives each label a score, and what is to be known of its labels.
package struct Classifier: Sendable {
  /// Which vector of a text the head reads.
  package enum Pooling: String, Sendable, CaseIterable {
    /// The mean of all hidden states of the text, those of special tokens included.
    case mean
    /// The hidden state of the first token: an encoder's [CLS].
    case first
    /// The hidden state of the last token: the only one of a decoder that has seen the whole text.
    case last
    /// What an encoder's own pooler makes of the first token.
    case pooler
  }

  package var labels: Int
  package var pooling: Pooling
  /// The labels and how they belong together, as text. The model itself does not read it.
  package var taxonomy: String
  /// What makes probabilities of scores, by name.
  package var probabilities: String
  /// The most tokens of a text; longer ones are cut.
  package var length: Int
  /// The Euclidean norm that the vector of a text is scaled to; nil: it is not scaled. A vector of zeros stays one.
  package var vectorNorm: Float?

  package init(
    labels: Int, pooling: Pooling, taxonomy: String, probabilities: String, length: Int, vectorNorm: Float? = nil
  ) {
    (self.labels, self.pooling, self.taxonomy) = (labels, pooling, taxonomy)
    (self.probabilities, self.length, self.vectorNorm) = (probabilities, length, vectorNorm)
  }
}

extension Classifier: Equatable {
  package static func == (a: Classifier, b: Classifier) -> Bool {
    a.labels == b.labels && a.pooling == b.pooling && a.length == b.length && a.taxonomy === b.taxonomy
      && a.probabilities === b.probabilities && a.vectorNorm == b.vectorNorm
  }
}
