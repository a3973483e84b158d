/// The marks that an addition's scratchpad stands between.
enum AdditionMarks {
  static let scratchStart = "<scratch>"
  static let scratchEnd = "</scratch>\n"
}

/// An addition's episode ends at the newline after the answer, at a pad token or at the limit. O(1) a token.
package struct AdditionEpisodeEnd: EpisodeEnd {
  private static let mark = Array(AdditionMarks.scratchEnd.unicodeScalars)
  private let limit: Int
  private var fed = 0
  /// How many scalars of the mark the last tokens match.
  private var matched = 0

  /// - Parameter limit: the most tokens of an episode, at least 1.
  package init(limit: Int) { self.limit = limit }

  /// The scratchpad has been closed: what follows up to the next newline is the answer.
  package var isInAnswer: Bool { matched == Self.mark.count }

  package mutating func feed(_ token: Unicode.Scalar) -> EpisodeEndReason? {
    fed += 1
    if token == AdditionTask.pad { return .padded }
    if isInAnswer {
      if token == "\n" { return .answered }
    } else if token == Self.mark[matched] {
      matched += 1
    } else {
      // `<` stands only at the mark's start, so a mismatch can't leave a longer prefix than one.
      matched = token == Self.mark[0] ? 1 : 0
    }
    return fed >= limit ? .limit : nil
  }
}
