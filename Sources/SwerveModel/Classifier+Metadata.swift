import SwerveText

// What a checkpoint says of a classifier.
extension Classifier {
  private static let labelsKey = "classifier_labels"
  private static let poolingKey = "classifier_pooling"
  private static let taxonomyKey = "classifier_taxonomy"
  private static let probabilitiesKey = "classifier_probabilities"
  private static let lengthKey = "classifier_length"
  /// Only where there is one.
  private static let vectorNormKey = "classifier_vector_norm"

  var facts: [(key: String, value: String)] {
    [
      (Self.labelsKey, "\(labels)"), (Self.poolingKey, pooling.rawValue), (Self.probabilitiesKey, probabilities),
      (Self.lengthKey, "\(length)"), (Self.taxonomyKey, taxonomy),
    ] + (vectorNorm.map { [(Self.vectorNormKey, "\($0)")] } ?? [])
  }

  /// - Returns: nil for a checkpoint of a model without such a head.
  /// - Throws: ModelError that names the key that is missing or has a wrong value.
  init?(metadata value: @escaping (String) -> String?) throws(ModelError) {
    guard value(Self.labelsKey) != nil else { return nil }
    let metadata = MetadataText(value, with: Self.labelsKey)
    let name = try metadata.text(Self.poolingKey)
    guard let pooling = Pooling(rawValue: name) else {
      let known = Pooling.allCases.map(\.rawValue).joined(separator: ", ")
      throw ModelError(Self.poolingKey, found: name, expected: "one of \(known)")
    }
    var norm: Float?
    if let text = value(Self.vectorNormKey) {
      guard let number = Float(text), number > 0, number.isFinite else {
        throw ModelError(Self.vectorNormKey, found: text, expected: "a number above 0")
      }
      norm = number
    }
    self.init(
      labels: try metadata.number(Self.labelsKey), pooling: pooling, taxonomy: try metadata.text(Self.taxonomyKey),
      probabilities: try metadata.text(Self.probabilitiesKey), length: try metadata.number(Self.lengthKey),
      vectorNorm: norm)
  }
}
