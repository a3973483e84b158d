import SwerveTensor

/// An n-gram model of the logits that a token is drawn from. It is a sum of terms: one for the last token, one for the
/// position, one for both together, one each for the last 2, 3, 4 and 6 tokens, and one for the text. Each term is the
/// mean of what the others before it left unexplained (an additive model: Hastie, Tibshirani, "Generalized additive
/// models", Statistical Science 1, 1986).
final class NGramLogits {
  /// What is known of a text: how the logits of its last tokens differed from what their contexts predicted. The next
  /// logits tend to differ in the same way, because attention adds the whole text to each token.
  final class TextState {
    fileprivate var drift: [Float]  // (V)
    fileprivate var seen = 0

    fileprivate init(vocabulary: Int) { drift = [Float](repeating: 0, count: vocabulary) }
  }

  /// A proposal's kind combines two numbers, each rounded down to a power of two: how often the longest known context
  /// was seen, and how far the random number is from drawing another token.
  static let kinds = evidences * margins
  private static let margins = 12
  private static let evidences = 8
  /// A context counts as seen at most this often. So its mean covers about this many of its last occurrences, and
  /// follows a model in training.
  private static let mostSeen = 64
  /// A text's drift is a mean over about this many tokens.
  private static let textMemory = 8
  /// Logits are limited to this magnitude, so that no sum of them overflows.
  private static let largest: Float = 1e6
  /// Entries take 4 MiB at most. Fewer entries than this would be of no use.
  private static let fewestEntries = 1024

  private struct Entry {
    var tag: UInt32 = 0
    var seen: UInt32 = 0
  }

  /// Something that logits depend on.
  private struct Part {
    let hash: UInt64
    /// The mean is weighted as if the part had also been seen this many times with no effect.
    let doubt: Float
  }

  private let vocabulary: Int
  private let stride: Int
  private var entries: [Entry]
  private let means: FloatBuffer  // (entries, stride)
  private let logits: FloatBuffer  // (stride)
  private let probabilities: FloatBuffer  // (stride)

  /// Nil where the vocabulary is too large for it to pay.
  init?(vocabulary: Int) {
    self.vocabulary = vocabulary
    stride = (vocabulary + 15) / 16 * 16
    var count = 1 << 15
    while count * stride > 1 << 20 { count /= 2 }
    if count < Self.fewestEntries { return nil }
    entries = [Entry](repeating: Entry(), count: count)
    means = FloatBuffer(count: count * stride)
    logits = FloatBuffer(count: stride)
    probabilities = FloatBuffer(count: stride)
  }

  /// A text of which nothing is known.
  func begin() -> TextState { TextState(vocabulary: vocabulary) }

  /// Proposes the token that a random number draws from the predicted logits.
  /// - Parameters:
  ///   - position: the index of the token among the drawn ones.
  ///   - uniform: nil where tokens are simply those with the largest logits.
  func propose(_ hashes: ContextHashes, position: Int, text: TextState, uniform: Float?) -> NGramDrafter.Proposal {
    let z = logits.pointer
    z.update(from: text.drift, count: vocabulary)
    var seen = 0
    for index in 0..<Self.parts {
      guard let part = part(index, hashes, position) else { break }
      let slot = ContextHashes.index(part.hash, of: entries.count)
      let entry = entries[slot]
      guard entry.seen > 0 && entry.tag == ContextHashes.tag(part.hash) else { continue }
      if index != Self.positionAlone { seen = Int(entry.seen) }
      addScaled(z, means.pointer + slot * stride, weight: weight(entry, part), count: vocabulary)
    }
    let (token, margin) = draw(z, uniform)
    let evidence = Int.bitWidth - seen.leadingZeroBitCount
    return NGramDrafter.Proposal(token: Int32(token), kind: evidence * Self.margins + margin)
  }

  /// Learns the logits that a token was drawn from.
  /// - Parameter inverseTemperature: 1 where the token is simply the one with the largest logit.
  func learn(
    _ hashes: ContextHashes, position: Int, text: TextState, logits drawnFrom: UnsafePointer<Float>,
    inverseTemperature: Float
  ) {
    let rest = logits.pointer
    for v in 0..<vocabulary {
      rest[v] = max(-Self.largest, min(Self.largest, drawnFrom[v] * inverseTemperature)) - text.drift[v]
    }
    for index in 0..<Self.parts {
      guard let part = part(index, hashes, position) else { break }
      learn(part, rest)
    }
    text.seen = min(text.seen + 1, Self.textMemory)
    addScaled(&text.drift, rest, weight: 1 / Float(text.seen + 1), count: vocabulary)
  }

  /// Moves the part's mean towards `rest`, then leaves in `rest` only what the part does not explain.
  private func learn(_ part: Part, _ rest: UnsafeMutablePointer<Float>) {
    let slot = ContextHashes.index(part.hash, of: entries.count)
    let tag = ContextHashes.tag(part.hash)
    if entries[slot].seen > 0 && entries[slot].tag != tag {
      // The part that is seen more often keeps the entry.
      entries[slot].seen -= 1
      return
    }
    entries[slot].tag = tag
    entries[slot].seen = min(entries[slot].seen + 1, UInt32(Self.mostSeen))
    let mean = means.pointer + slot * stride
    moveToward(mean, rest, weight: 1 / Float(entries[slot].seen), count: vocabulary)
    addScaled(rest, mean, weight: -weight(entries[slot], part), count: vocabulary)
  }

  private static let parts = 7
  /// The part that depends on the position alone.
  private static let positionAlone = 1

  /// Nil where the text is too short for it, and for those after it.
  private func part(_ index: Int, _ hashes: ContextHashes, _ position: Int) -> Part? {
    switch index {
    case 0: hashes[0].map { Part(hash: $0, doubt: 1) }
    case Self.positionAlone: Part(hash: ContextHashes.join(0, position), doubt: 1)
    case 2: hashes[0].map { Part(hash: ContextHashes.join($0, position), doubt: 1) }
    // Most longer contexts are seen rarely, and say nothing that the shorter ones don't.
    default: hashes[index - 2].map { Part(hash: $0, doubt: 4) }
    }
  }

  private func weight(_ entry: Entry, _ part: Part) -> Float { Float(entry.seen) / (Float(entry.seen) + part.doubt) }

  /// The token that the sampler would draw, and how far the draw is from another token.
  private func draw(_ z: UnsafePointer<Float>, _ uniform: Float?) -> (token: Int, margin: Int) {
    let p = probabilities.pointer
    SoftmaxRow(z, count: vocabulary, inverseTemperature: 1).probabilities(p, z, count: vocabulary)
    guard let uniform else {
      let token = greedy(z, count: vocabulary)
      let rival = (0..<vocabulary).lazy.filter { $0 != token }.map { p[$0] }.max() ?? 0
      return (token, margin(p[token] - rival))
    }
    var below: Float = 0
    var token = 0
    while token < vocabulary - 1 && below + p[token] <= uniform {
      below += p[token]
      token += 1
    }
    let left = token == 0 ? 1 : uniform - below
    let right = token == vocabulary - 1 ? 1 : below + p[token] - uniform
    return (token, margin(min(left, right)))
  }

  private func margin(_ distance: Float) -> Int {
    Self.margins - 1 + Int(min(max(distance, 0x1p-11), 1).exponent)
  }
}
