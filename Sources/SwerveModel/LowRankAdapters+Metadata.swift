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
  package init?(metadata value: (String) -> String?) throws(ModelError) {
    guard let rank = value(Self.rankKey) else { return nil }
    func text(_ key: String) throws(ModelError) -> String {
      guard let found = value(key) else {
        throw ModelError("the checkpoint's metadata have \(Self.rankKey), but lack `\(key)`")
      }
      return found
    }
    guard let rank = Int(rank) else {
      throw ModelError("the checkpoint's metadata say \(Self.rankKey) = \(rank), expected a whole number")
    }
    guard let alpha = try Float(text(Self.alphaKey)) else {
      throw ModelError("the checkpoint's metadata say \(Self.alphaKey) = \(try text(Self.alphaKey)), expected a number")
    }
    self.init(rank: rank, alpha: alpha, layers: try text(Self.layersKey).pieces(at: " "))
  }
}
