/// A prompt that nobody knows the answer to.
struct OpenProblem: Problem {
  let prompt: String
  let pad: Unicode.Scalar?
  let solution: String? = nil
  /// As long as the context lets it.
  let episodeLimit = 1 << 20

  func makeEpisodeEnd() -> any EpisodeEnd { OpenEnd(pad: pad) }

  func reward(generated: String) -> Float { 0 }
}

private struct OpenEnd: EpisodeEnd {
  let pad: Unicode.Scalar?

  func feed(_ token: Unicode.Scalar) -> EpisodeEndReason? { token == pad ? .padded : nil }
}
