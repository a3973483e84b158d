import SwerveTensor

/// An n-gram model of the logits that a token is drawn from: a sum of what is known of the last token, of the position, of both
/// together, of the last 2, 3, 4 and 6 tokens, and of the text. Each term is a mean of what those before it left unexplained (an
/// additive model: Hastie, Tibshirani, "Generalized additive models", Statistical Science 1, 1986).
final class NGramLogits {
  /// What is known of a text: how the logits of its last tokens differed from what their contexts led to expect. They go on
  /// to differ so, as attention adds the whole text to each token.
  final class TextState {
    fileprivate var drift: [Float]  // (V)
    fileprivate var seen = 0

    fileprivate init(vocabulary: Int) { drift = [Float](repeating: 0, count: vocabulary) }
  }

  /// A proposal's kind is how often the longest known context was seen, and how far the random number is from drawing another
  /// token: the powers of two in both.
  static let kinds = evidences * margins
  private static let margins = 12
  private static let evidences = 8
  /// How often a context counts as seen at most: its mean is then of about so many, so that it follows a model in training.
  private static let mostSeen = 64
  /// A text's drift is of about so many tokens.
  private static let textMemory = 8
  /// Logits are taken for this large at most, so that no sum of them overflows.
  private static let largest: Float = 1e6
  /// Entries take 4 MiB at most, and fewer than this would be of no use.
  private static let fewestEntries = 1024

  private struct Entry {
    var tag: UInt32 = 0
    var seen: UInt32 = 0
  }

  /// Something that logits depend on.
  private struct Part {
    let hash: UInt64
    /// Its mean counts as if it had been seen so often with no effect.
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

  /// Proposes what a random number draws from the expected logits.
  /// - Parameters:
  ///   - position: of the token among the drawn ones.
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

  /// Learns what a token was drawn from.
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

  /// Learns what is to be explained, and leaves what is not.
  private func learn(_ part: Part, _ rest: UnsafeMutablePointer<Float>) {
    let slot = ContextHashes.index(part.hash, of: entries.count)
    let tag = ContextHashes.tag(part.hash)
    if entries[slot].seen > 0 && entries[slot].tag != tag {
      // What comes more often stays.
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

  /// As the sampler draws; and how far from another token.
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
