/// A prompt that nobody knows the answer to.
struct OpenProblem: Problem {
  let prompt: String
  let pad: String?
  let solution: String? = nil
  /// As long as the context lets it.
  let episodeLimit = 1 << 20

  func makeEpisodeEnd() -> any EpisodeEnd { TextEnd(pad, reason: .padded) }

  func reward(generated: String) -> Float { 0 }
}
