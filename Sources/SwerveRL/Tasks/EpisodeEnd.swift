/// Says when an episode is over, from its generated tokens one at a time. O(1) a byte for the built-in tasks.
package protocol EpisodeEnd: Sendable {
  /// Takes the next generated token; how the episode ends if it ends with it. Not called again after that.
  /// - Parameter bytes: what the token adds to the text; they need not be whole characters.
  mutating func feed(_ token: Int32, _ bytes: ArraySlice<UInt8>) throws -> EpisodeEnding?
}

/// Why an episode ended.
package enum EpisodeEndReason: String, Sendable {
  /// The answer is complete.
  case answered
  /// A pad token was generated.
  case padded
  /// The token with which the model ends a text was generated.
  case ended
  /// The episode has as many tokens as it may have.
  case limit
}

/// How an episode ended.
package struct EpisodeEnding: Equatable, Sendable {
  package let reason: EpisodeEndReason
  /// Bytes that the last token has after the end: a token may complete an answer and hold more. They are no part of the answer.
  package let excess: Int

  package init(_ reason: EpisodeEndReason, excess: Int = 0) {
    self.reason = reason
    self.excess = excess
  }
}

/// The end of an episode where one of some texts is complete, or at a limit of tokens.
package struct TextEnd: EpisodeEnd {
  private var searches: [TextSearch]
  private let reason: EpisodeEndReason
  private let limit: Int
  private var fed = 0

  /// - Parameter text: as in the initializer of several; nil: none.
  package init(_ text: String?, reason: EpisodeEndReason, limit: Int = .max) {
    self.init(text.map { [$0] } ?? [], reason: reason, limit: limit)
  }

  /// - Parameters:
  ///   - texts: at least one byte each; without any, only the limit ends the episode.
  ///   - reason: of an episode that a text ends.
  ///   - limit: the most tokens of an episode, at least 1.
  package init(_ texts: [String], reason: EpisodeEndReason, limit: Int = .max) {
    searches = texts.map { TextSearch($0) }
    self.reason = reason
    self.limit = limit
  }

  package mutating func feed(_ token: Int32, _ bytes: ArraySlice<UInt8>) -> EpisodeEnding? {
    fed += 1
    for index in bytes.indices {
      var isComplete = false
      for search in searches.indices where searches[search].append(bytes[index]) { isComplete = true }
      if isComplete { return EpisodeEnding(reason, excess: bytes.endIndex - index - 1) }
    }
    return fed >= limit ? EpisodeEnding(.limit) : nil
  }
}
