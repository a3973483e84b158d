/// The marks that an addition's scratchpad stands between.
enum AdditionMarks {
  static let scratchStart = "<scratch>"
  static let scratchEnd = "</scratch>\n"
}

/// An addition's episode ends at the newline after the answer, at a pad token or at the limit. O(1) a token.
package struct AdditionEpisodeEnd: EpisodeEnd {
  private var reader = AdditionReader()
  private let limit: Int
  private var fed = 0

  /// - Parameter limit: the most tokens of an episode, at least 1.
  package init(limit: Int) { self.limit = limit }

  package mutating func feed(_ token: Int32, _ bytes: ArraySlice<UInt8>) -> EpisodeEnding? {
    fed += 1
    for index in bytes.indices {
      if let reason = reader.append(bytes[index]) {
        return EpisodeEnding(reason, excess: bytes.endIndex - index - 1)
      }
    }
    return fed >= limit ? EpisodeEnding(.limit) : nil
  }
}

/// Reads an answer to an addition byte by byte; all that it looks for is ASCII.
struct AdditionReader: Sendable {
  private static let scratchEnd = TextSearch(AdditionMarks.scratchEnd)
  private static let pad = UInt8(ascii: AdditionTask.pad)
  private var search = Self.scratchEnd
  /// The scratchpad has been closed: what follows up to the next newline is the answer.
  private(set) var isInAnswer = false

  /// Takes the next byte; why the answer ends if it ends with it. Not called again after that.
  mutating func append(_ byte: UInt8) -> EpisodeEndReason? {
    if byte == Self.pad { return .padded }
    if isInAnswer { return byte == UInt8(ascii: "\n") ? .answered : nil }
    isInAnswer = search.append(byte)
    return nil
  }
}
