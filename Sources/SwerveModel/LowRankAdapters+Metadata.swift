import SwerveText

/// What the checkpoint of adapters says of their shape. It holds no other weights than theirs and the value head's.
extension LowRankAdapters {
  private static let rankKey = "lora_rank"
  private static let alphaKey = "lora_alpha"
  private static let layersKey = "lora_layers"

  /// Names of layers hold no spaces.
  var facts: [(key: String, value: String)] {
    [(Self.rankKey, "\(rank)"), (Self.alphaKey, "\(alpha)"), (Self.layersKey, layers.joined(separator: " "))]
  }

  /// - Returns: nil for a checkpoint of a whole model.
  /// - Throws: ModelError that names the key that is missing or no number.
  package init?(metadata value: @escaping (String) -> String?) throws(ModelError) {
    if value(Self.rankKey) == nil { return nil }
    let metadata = MetadataText(value, with: Self.rankKey)
    let rank = try metadata.number(Self.rankKey)
    let text = try metadata.text(Self.alphaKey)
    guard let alpha = Float(text) else { throw ModelError(Self.alphaKey, found: text, expected: "a number") }
    self.init(rank: rank, alpha: alpha, layers: try metadata.text(Self.layersKey).pieces(at: " "))
  }
}
