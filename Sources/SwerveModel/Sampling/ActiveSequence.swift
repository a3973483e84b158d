/// A text while it is generated: its prompt, the tokens drawn so far, and draft tokens after them. Any thread may use
/// it, but only one at a time.
final class ActiveSequence {
  /// Which text it is.
  let row: Int
  private let prompt: Int
  /// The slot of a text with the same prompt, which is still processing it; nil: none.
  private(set) var leader: Int?
  /// How many tokens are processed at most; the last drawn token is not processed.
  private let longest: Int
  private var tokens: [Int32]
  /// How many of the tokens are not draft tokens.
  private var known: Int
  /// The drafts for the tokens that the last step was to draw.
  private var drafts: [NGramDrafter.Draft] = []
  /// Where the last step began.
  private var start = 0
  /// How many tokens have been processed and are valid.
  private(set) var position = 0
  private(set) var isOver = false
  var rule: any StopRule
  /// What the drafter knows of this text; nil where nothing is kept.
  private let draftState: NGramLogits.TextState?

  init(
    row: Int, prompt: [Int32], limit: Int, rule: any StopRule, draftState: NGramLogits.TextState?, leader: Int? = nil
  ) {
    self.leader = leader
    self.row = row
    self.rule = rule
    self.draftState = draftState
    self.prompt = prompt.count
    longest = prompt.count + limit - 1
    known = prompt.count
    tokens = prompt
    tokens.reserveCapacity(longest + 1)
  }

  /// How many tokens of the prompt another text with this prompt can take over: all but the last, after which a token
  /// is drawn.
  var sharedTokens: Int { prompt - 1 }

  /// Whether the prompt is a given one, all but the last token of which is processed or will be.
  func hasPrompt(_ tokens: [Int32]) -> Bool {
    prompt == tokens.count && self.tokens[..<prompt].elementsEqual(tokens)
  }

  /// The keys and values of the prompt were copied from the leader's slot.
  func didCopyPrompt() {
    position = sharedTokens
    leader = nil
  }

  /// The tokens to be processed next, from `position` on: up to `most`, draft tokens included.
  /// - Parameter uniform: the random number of each token that is drawn, by its index among them; nil for greedy texts.
  func next(_ most: Int, _ drafter: NGramDrafter?, uniform: (Int) -> Float?) -> ArraySlice<Int32> {
    start = position
    let end = min(position + most, longest)
    if let drafter { draft(to: end, drafter, uniform) }
    return tokens[position..<min(end, tokens.count)]
  }

  private func draft(to end: Int, _ drafter: NGramDrafter, _ uniform: (Int) -> Float?) {
    drafts.removeAll(keepingCapacity: true)
    var acceptance: Float = 1
    while tokens.count < end {
      let drawn = tokens.count - prompt
      let draft = drafter.draft(after: tokens, position: drawn, text: draftState, uniform: uniform(drawn))
      drafts.append(draft)
      acceptance *= draft.acceptance
      if acceptance < NGramDrafter.leastAcceptance { return }
      tokens.append(draft.token)
      drafter.didDraft()
    }
  }

  /// Whether the token after a position is to be drawn, that is, not part of the prompt.
  func draws(after position: Int) -> Bool { position + 1 >= prompt }

  /// Counts one more token as processed. Returns whether the token after it is to be drawn, that is, not part of the
  /// prompt.
  func advance() -> Bool {
    position += 1
    return draws(after: position - 1)
  }

  /// Takes the token that was drawn. Returns whether it accepts the draft token, so that what was processed after that
  /// one is valid.
  func take(_ token: Int32) -> Bool {
    known = position + 1
    if position < tokens.count && tokens[position] == token { return true }
    tokens.removeLast(tokens.count - position)
    tokens.append(token)
    return false
  }

  /// Has the drafter learn the tokens that the last step drew.
  /// - Parameter logits: the logits after each of the tokens that the step processed.
  func teach(_ drafter: NGramDrafter, logits: (Int) -> UnsafePointer<Float>, inverseTemperature: Float) {
    let drawn = max(start + 1, prompt)..<known
    for (length, draft) in zip(drawn, drafts) { drafter.learn(draft, token: tokens[length]) }
    for length in drawn {
      drafter.learn(
        tokens, length: length, position: length - prompt, text: draftState, logits: logits(length - 1 - start),
        inverseTemperature: inverseTemperature)
    }
  }

  /// Whether the token that is to be drawn is the last one that the limit allows.
  var isAtLimit: Bool { position == longest }

  func end() { isOver = true }
}
