/// The drafter of speculative decoding (Leviathan, Kalman, Matias, arXiv 2211.17192): it drafts how a text goes on, so that one
/// step of the model processes several tokens of the text and verifies them. There, a draft token is accepted with a
/// probability. Here, each token's random number is fixed beforehand and says which token the model draws, and a draft token is
/// accepted where it is that token. So no draft changes a text.
///
/// Two sources learn from n-grams of the texts so far: `NGramTable` knows the token that followed the last ones, `NGramLogits`
/// draws, with the token's own random number, from the logits that it expects. The drafter takes the proposal with the higher
/// acceptance rate. Where no rate is high enough nothing is drafted: a text that can't be predicted costs the look-ups only.
final class NGramDrafter {
  struct Proposal {
    let token: Int32
    /// Proposals of one kind are accepted about equally often.
    let kind: Int
  }

  /// One draft token, with what each source proposed for it.
  struct Draft {
    fileprivate var proposals = InlineArray<2, Proposal?>(repeating: nil)
    /// The proposal with the higher acceptance rate, and that rate.
    fileprivate(set) var token: Int32 = 0
    fileprivate(set) var acceptance: Float = 0
  }

  /// How likely it must be that all draft tokens of a text in one step are accepted. Lower, and too many are rejected: each
  /// costs the work of a token. Measured, as the other constants are, with texts of random and of trained models.
  static let leastAcceptance: Float = 0.75

  /// The share of proposals that are accepted: a mean of the last 64 or so.
  private struct AcceptanceRate {
    private(set) var value: Float = 0.3
    private var weight: Float = 2

    mutating func learn(_ isAccepted: Bool) {
      weight = min(weight + 1, 64)
      value += ((isAccepted ? 1 : 0) - value) / weight
    }
  }

  private var table = NGramTable()
  private let logits: NGramLogits?
  /// Of each kind of proposal.
  private var rates: [AcceptanceRate]
  /// How many tokens were drafted, accepted or not.
  private(set) var draftedTokens = 0

  init(vocabulary: Int) {
    logits = NGramLogits(vocabulary: vocabulary)
    rates = [AcceptanceRate](repeating: AcceptanceRate(), count: NGramTable.kinds + NGramLogits.kinds)
  }

  /// Drafts the token that follows some tokens.
  /// - Parameters:
  ///   - position: of the token that follows, among the drawn ones.
  ///   - text: what is known of the text.
  ///   - uniform: the token's random number; nil where it is simply the one with the largest logit.
  func draft(after tokens: [Int32], position: Int, text: NGramLogits.TextState?, uniform: Float?) -> Draft {
    let hashes = ContextHashes(tokens, length: tokens.count)
    var draft = Draft()
    draft.proposals[0] = table.propose(hashes)
    if let logits, let text {
      let found = logits.propose(hashes, position: position, text: text, uniform: uniform)
      draft.proposals[1] = Proposal(token: found.token, kind: NGramTable.kinds + found.kind)
    }
    for source in draft.proposals.indices {
      guard let proposal = draft.proposals[source], rates[proposal.kind].value > draft.acceptance else { continue }
      (draft.token, draft.acceptance) = (proposal.token, rates[proposal.kind].value)
    }
    return draft
  }

  func didDraft() { draftedTokens += 1 }

  /// Learns a prompt; nothing is known of its text yet.
  func begin(prompt: [Int32]) -> NGramLogits.TextState? {
    for length in prompt.indices.dropFirst() { table.learn(ContextHashes(prompt, length: length), prompt[length]) }
    return logits?.begin()
  }

  /// Learns that the first `length` tokens of a text were followed by the next one.
  /// - Parameters:
  ///   - position: of that token among the drawn ones.
  ///   - text: what is known of the text.
  ///   - logits: what the token was drawn from.
  func learn(
    _ tokens: [Int32], length: Int, position: Int, text: NGramLogits.TextState?, logits drawnFrom: UnsafePointer<Float>,
    inverseTemperature: Float
  ) {
    let hashes = ContextHashes(tokens, length: length)
    table.learn(hashes, tokens[length])
    guard let text else { return }
    logits?.learn(hashes, position: position, text: text, logits: drawnFrom, inverseTemperature: inverseTemperature)
  }

  /// Learns which token the model drew where a draft token stood: each source's proposal counts, drafted or not.
  func learn(_ draft: Draft, token: Int32) {
    for source in draft.proposals.indices {
      if let proposal = draft.proposals[source] { rates[proposal.kind].learn(proposal.token == token) }
    }
  }
}
