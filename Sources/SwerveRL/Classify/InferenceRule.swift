/// Decides which labels a document gets.
package protocol InferenceRule {
  /// - Parameter probabilities: one for each label.
  /// - Returns: labels, rising, each once.
  /// - Throws: what a script throws.
  func labels(_ probabilities: [Double]) throws -> [Int]
}

/// A rule of `LabelDecoderTable`.
package struct TabledRule: InferenceRule {
  private let decoder: any LabelDecoder

  package init(_ decoder: any LabelDecoder) { self.decoder = decoder }

  package func labels(_ probabilities: [Double]) -> [Int] { decoder.labels(probabilities) }
}
