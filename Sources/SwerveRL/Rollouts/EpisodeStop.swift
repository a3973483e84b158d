import SwerveModel

/// A task's end of an episode as the sampler sees it. The token with which a model ends a text ends every task's episodes.
package struct EpisodeStop: StopRule {
  private var end: any EpisodeEnd
  private let tokenizer: any Tokenizer
  private let endTokens: [Int32]

  package init(end: any EpisodeEnd, tokenizer: any Tokenizer) {
    self.end = end
    self.tokenizer = tokenizer
    endTokens = tokenizer.endTokens
  }

  package mutating func stops(after token: Int32) -> Bool { ending(after: token) != nil }

  mutating func ending(after token: Int32) -> EpisodeEnding? {
    let bytes = tokenizer.bytes(of: token)
    let ending: EpisodeEnding?
    do {
      ending = try end.feed(token, bytes)
    } catch {
      // An end that can't be judged ends the episode; the reward, which is computed where errors can be thrown, judges it.
      ending = EpisodeEnding(.answered)
    }
    // A text that ends answers may be that of the token itself: then it is a part of the answer.
    guard ending == nil || ending?.reason == .limit, endTokens.contains(token) else { return ending }
    return EpisodeEnding(.ended, excess: bytes.count)
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

  /// What judges an episode of some tokens.
  func judge(of tokens: [Int32], _ tokenizer: any Tokenizer) -> any Problem {
    ending(of: tokens, tokenizer)?.reason == .ended ? endedByModel() : self
  }

  /// The text that an episode of some tokens wrote, up to its end: the last token may hold more.
  func answer(_ tokens: [Int32], _ tokenizer: any Tokenizer) -> String {
    let bytes = tokenizer.bytes(of: tokens)
    return String(decoding: bytes.dropLast(ending(of: tokens, tokenizer)?.excess ?? 0), as: UTF8.self)
  }
}
