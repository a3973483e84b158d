import SwerveRL

extension EpisodeEnd {
  /// Takes a token that is one character.
  mutating func feed(_ character: Unicode.Scalar) throws -> EpisodeEndReason? {
    try feed(0, Array(String(character).utf8)[...])?.reason
  }
}
