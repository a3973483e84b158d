/// The drafter of speculative decoding (Leviathan, Kalman, Matias, arXiv 2211.17192): it drafts how a text goes on, so
/// that one step of the model processes several tokens of the text and verifies them. In the paper, a draft token is
/// accepted with a probability. Here, each token's random number is fixed beforehand and decides which token the model
/// draws. A draft token is accepted if it is that token. So no draft changes a text.
///
/// Two sources learn from n-grams of the texts so far: `NGramTable` knows which token followed the same last tokens
/// before. `NGramLogits` predicts the logits, and draws from them with the token's own random number. The drafter takes
/// the proposal with the higher acceptance rate. Where no rate is high enough, nothing is drafted. So a text that can't
/// be predicted costs only the look-ups.
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

  /// The least probability that all draft tokens of a text in one step are accepted. With a lower bound too many are
  /// rejected, and each costs the work of a token. This and the other constants were measured with texts of random and
  /// of trained models.
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
  /// For each kind of proposal.
  private var rates: [AcceptanceRate]
  /// How many tokens were drafted, accepted or not.
  private(set) var draftedTokens = 0

  init(vocabulary: Int) {
    logits = NGramLogits(vocabulary: vocabulary)
    rates = [AcceptanceRate](repeating: AcceptanceRate(), count: NGramTable.kinds + NGramLogits.kinds)
  }

  /// Drafts the token that follows some tokens.
  /// - Parameters:
  ///   - position: the index of the token that follows, among the drawn ones.
  ///   - text: what is known of the text.
  ///   - uniform: the token's random number; nil where the token is simply the one with the largest logit.
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
  ///   - position: the index of that token among the drawn ones.
  ///   - text: what is known of the text.
  ///   - logits: the logits that the token was drawn from.
  func learn(
    _ tokens: [Int32], length: Int, position: Int, text: NGramLogits.TextState?, logits drawnFrom: UnsafePointer<Float>,
    inverseTemperature: Float
  ) {
    let hashes = ContextHashes(tokens, length: length)
    table.learn(hashes, tokens[length])
    guard let text else { return }
    logits?.learn(hashes, position: position, text: text, logits: drawnFrom, inverseTemperature: inverseTemperature)
  }

  /// Learns which token the model drew at a draft's position. Each source's proposal counts, whether it was drafted or
  /// not.
  func learn(_ draft: Draft, token: Int32) {
    for source in draft.proposals.indices {
      if let proposal = draft.proposals[source] { rates[proposal.kind].learn(proposal.token == token) }
    }
  }
}
