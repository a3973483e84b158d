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

  package init(labels: Int, pooling: Pooling, taxonomy: String, probabilities: String, length: Int) {
    (self.labels, self.pooling, self.taxonomy) = (labels, pooling, taxonomy)
    (self.probabilities, self.length) = (probabilities, length)
  }
}

extension Classifier: Equatable {
  package static func == (a: Classifier, b: Classifier) -> Bool {
    a.labels == b.labels && a.pooling == b.pooling && a.length == b.length && a.taxonomy === b.taxonomy
      && a.probabilities === b.probabilities
  }
}

// What a checkpoint says of it.
extension Classifier {
  private static let labelsKey = "classifier_labels"
  private static let poolingKey = "classifier_pooling"
  private static let taxonomyKey = "classifier_taxonomy"
  private static let probabilitiesKey = "classifier_probabilities"
  private static let lengthKey = "classifier_length"

  var facts: [(key: String, value: String)] {
    [
      (Self.labelsKey, "\(labels)"), (Self.poolingKey, pooling.rawValue), (Self.probabilitiesKey, probabilities),
      (Self.lengthKey, "\(length)"), (Self.taxonomyKey, taxonomy),
    ]
  }

  /// - Returns: nil for a checkpoint of a model without such a head.
  /// - Throws: ModelError that names the key that is missing or has a wrong value.
  init?(metadata value: (String) -> String?) throws(ModelError) {
    guard value(Self.labelsKey) != nil else { return nil }
    func text(_ key: String) throws(ModelError) -> String {
      guard let found = value(key) else {
        throw ModelError("the checkpoint's metadata have \(Self.labelsKey), but lack `\(key)`")
      }
      return found
    }
    func number(_ key: String) throws(ModelError) -> Int {
      let found = try text(key)
      guard let number = Int(found) else {
        throw ModelError("the checkpoint's metadata say \(key) = \(found), expected a whole number")
      }
      return number
    }
    let name = try text(Self.poolingKey)
    guard let pooling = Pooling(rawValue: name) else {
      let known = Pooling.allCases.map(\.rawValue).joined(separator: ", ")
      throw ModelError("the checkpoint's metadata say \(Self.poolingKey) = \(name), expected one of \(known)")
    }
    self.init(
      labels: try number(Self.labelsKey), pooling: pooling, taxonomy: try text(Self.taxonomyKey),
      probabilities: try text(Self.probabilitiesKey), length: try number(Self.lengthKey))
  }
}
