/// Guesses how texts go on, so that one step can process several tokens of a text (speculative decoding: Leviathan, Kalman,
/// Matias, arXiv 2211.17192; there a guess is accepted with a probability, here each token's random number is fixed beforehand
/// and says which token it is).
///
/// Two ways to guess compete: which token followed the last ones before, and what the token's own random number draws from the
/// logits that are expected. Of each kind of guess it is known how many were right of late. So texts that nobody could guess
/// cost only the looking up.
final class Drafter {
  struct Guess {
    let token: Int32
    /// Guesses of one kind are about equally often right.
    let kind: Int
  }

  /// What each way to guess says about one token.
  struct Draft {
    fileprivate var guesses = InlineArray<2, Guess?>(repeating: nil)
    /// The guess that is most likely right, and how likely it is.
    fileprivate(set) var token: Int32 = 0
    fileprivate(set) var chance: Float = 0
  }

  /// How likely all guesses of a text must be right for the last of them to be made. Lower, and too many are wrong: each costs
  /// the work of a token. Measured, as the other constants are, with texts of random and of trained models.
  static let believed: Float = 0.75
  /// How many guesses of a kind are right: a mean of the last 64 or so.
  private struct Record {
    private(set) var chance: Float = 0.3
    private var weight: Float = 2

    mutating func learn(_ isRight: Bool) {
      weight = min(weight + 1, 64)
      chance += ((isRight ? 1 : 0) - chance) / weight
    }
  }

  private var patterns = PatternTable()
  private let expected: ExpectedLogits?
  /// Of each kind of guess.
  private var records: [Record]
  /// How many guesses were made.
  private(set) var guesses = 0

  init(vocabulary: Int) {
    expected = ExpectedLogits(vocabulary: vocabulary)
    records = [Record](repeating: Record(), count: PatternTable.kinds + ExpectedLogits.kinds)
  }

  /// What may follow some tokens.
  /// - Parameters:
  ///   - position: of the token that follows, among the drawn ones.
  ///   - text: what is known of the text.
  ///   - uniform: the token's random number; nil where it is simply the one with the largest logit.
  func draft(after tokens: [Int32], position: Int, text: ExpectedLogits.Text?, uniform: Float?) -> Draft {
    let hashes = ContextHashes(tokens, length: tokens.count)
    var draft = Draft()
    draft.guesses[0] = patterns.guess(hashes)
    if let expected, let text {
      let found = expected.guess(hashes, position: position, text: text, uniform: uniform)
      draft.guesses[1] = Guess(token: found.token, kind: PatternTable.kinds + found.kind)
    }
    for way in draft.guesses.indices {
      guard let guess = draft.guesses[way], records[guess.kind].chance > draft.chance else { continue }
      (draft.token, draft.chance) = (guess.token, records[guess.kind].chance)
    }
    return draft
  }

  func didGuess() { guesses += 1 }

  /// Learns a prompt; nothing is known of its text yet.
  func begin(prompt: [Int32]) -> ExpectedLogits.Text? {
    for length in prompt.indices.dropFirst() { patterns.learn(ContextHashes(prompt, length: length), prompt[length]) }
    return expected?.begin()
  }

  /// Learns that the first `length` tokens of a text were followed by the next one.
  /// - Parameters:
  ///   - position: of that token among the drawn ones.
  ///   - text: what is known of the text.
  ///   - logits: what the token was drawn from.
  func learn(
    _ tokens: [Int32], length: Int, position: Int, text: ExpectedLogits.Text?, logits: UnsafePointer<Float>,
    inverseTemperature: Float
  ) {
    let hashes = ContextHashes(tokens, length: length)
    patterns.learn(hashes, tokens[length])
    guard let text else { return }
    expected?.learn(hashes, position: position, text: text, logits: logits, inverseTemperature: inverseTemperature)
  }

  /// Learns which token a draft was about.
  func learn(_ draft: Draft, token: Int32) {
    for way in draft.guesses.indices {
      if let guess = draft.guesses[way] { records[guess.kind].learn(guess.token == token) }
    }
  }
}
