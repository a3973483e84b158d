import SwerveText

/// Reads what a checkpoint's metadata say, by key.
struct MetadataText {
  private let value: (String) -> String?
  /// The key that tells that the others are there; nil: every checkpoint has them.
  private let owner: String?

  init(_ value: @escaping (String) -> String?, with owner: String? = nil) {
    (self.value, self.owner) = (value, owner)
  }

  /// - Throws: ModelError if the key is missing.
  func text(_ key: String) throws(ModelError) -> String {
    if let found = value(key) { return found }
    throw ModelError(
      owner.map { "the checkpoint's metadata have \($0), but lack `\(key)`" }
        ?? "the checkpoint's metadata lack `\(key)`: it was not written by swerve, or was edited")
  }

  /// - Throws: ModelError if the key is missing or has no whole number.
  func number(_ key: String) throws(ModelError) -> Int {
    let found = try text(key)
    guard let number = Int(found) else {
      throw ModelError(key, found: found, expected: "a whole number")
    }
    return number
  }
}
