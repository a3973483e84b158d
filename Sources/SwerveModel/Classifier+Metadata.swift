import SwerveText

// What a checkpoint says of a classifier.
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
