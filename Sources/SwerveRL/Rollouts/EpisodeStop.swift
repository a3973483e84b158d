import SwerveModel

/// A task's end of an episode as the sampler sees it.
package struct EpisodeStop: StopRule {
  private var end: any EpisodeEnd
  private let tokenizer: any Tokenizer

  package init(end: any EpisodeEnd, tokenizer: any Tokenizer) {
    self.end = end
    self.tokenizer = tokenizer
  }

  package mutating func stops(after token: Int32) -> Bool { ending(after: token) != nil }

  mutating func ending(after token: Int32) -> EpisodeEnding? {
    do {
      return try end.feed(token, tokenizer.bytes(of: token))
    } catch {
      // An end that can't be judged ends the episode; the reward, which is computed where errors can be thrown, judges it.
      return EpisodeEnding(.answered)
    }
  }
}

extension Problem {
  /// How an episode of some tokens ends; nil where they do not reach its end.
  func ending(of tokens: [Int32], _ tokenizer: any Tokenizer) -> EpisodeEnding? {
    var stop = EpisodeStop(end: makeEpisodeEnd(), tokenizer: tokenizer)
    for token in tokens {
      if let ending = stop.ending(after: token) { return ending }
    }
    return nil
  }

  /// The text that an episode of some tokens wrote, up to its end: the last token may hold more.
  func answer(_ tokens: [Int32], _ tokenizer: any Tokenizer) -> String {
    let bytes = tokenizer.bytes(of: tokens)
    return String(decoding: bytes.dropLast(ending(of: tokens, tokenizer)?.excess ?? 0), as: UTF8.self)
  }
}
