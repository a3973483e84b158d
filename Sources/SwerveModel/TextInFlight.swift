/// A text while it is generated: its prompt, what was drawn so far, and guesses how it goes on. It is used from any one thread
/// at a time.
final class TextInFlight {
  /// Which text it is.
  let row: Int
  private let prompt: Int
  /// Tokens that are processed at most; the last one that is drawn is not.
  private let longest: Int
  private var tokens: [Int32]
  /// How many of the tokens are no guesses.
  private var known: Int
  /// How many the drafter has learned from.
  private var learned = 0
  /// How many have been processed, and hold.
  private(set) var position = 0
  private(set) var isOver = false
  var rule: any StopRule

  init(row: Int, prompt: [Int32], limit: Int, rule: any StopRule) {
    self.row = row
    self.rule = rule
    self.prompt = prompt.count
    longest = prompt.count + limit - 1
    known = prompt.count
    tokens = prompt
    tokens.reserveCapacity(longest + 1)
  }

  /// The tokens to be processed next, from `position` on: up to `most`, guesses included.
  func next(_ most: Int, _ drafter: Drafter) -> ArraySlice<Int32> {
    while learned < known {
      drafter.learn(tokens, at: learned)
      learned += 1
    }
    while tokens.count < min(position + most, longest), let guess = drafter.guess(after: tokens) {
      tokens.append(guess)
    }
    return tokens[position..<min(position + most, tokens.count)]
  }

  /// One more token has been processed. Whether the token after it is to be drawn: it is not part of the prompt.
  func advance() -> Bool {
    position += 1
    return position >= prompt
  }

  /// Takes the token that was drawn; whether it had been guessed, so that what was processed after it holds.
  func take(_ token: Int32) -> Bool {
    known = position + 1
    if position < tokens.count && tokens[position] == token { return true }
    tokens.removeLast(tokens.count - position)
    tokens.append(token)
    return false
  }

  /// Whether the token that is to be drawn is the last one that the limit allows.
  var isAtLimit: Bool { position == longest }

  func end() { isOver = true }
}
