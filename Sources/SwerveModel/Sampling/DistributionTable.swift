import SwerveTensor

/// What tokens were drawn from after contexts of a few tokens: for each context a running mean of the model's probabilities.
/// Contexts are blended from short to long (Cleary, Witten, "Data compression using adaptive coding and partial string
/// matching", IEEE Trans. Comm. 32, 1984).
final class DistributionTable {
  /// A guess is of the kind of its contexts, of how often the longest of them was seen, and of how far the random number is from
  /// drawing another token: the powers of two in both.
  static let kinds = 2 * evidences * margins
  private static let margins = 12
  private static let evidences = 6
  /// How often a context counts as seen at most: its mean is then of about so many, so that it follows a model in training.
  private static let mostSeen = 16
  /// Entries take 4 MiB at most, and fewer than this would be of no use.
  private static let fewestEntries = 1024

  private let vocabulary: Int
  private let stride: Int
  private let entries: Int
  private var tags: [UInt32]
  private var seen: [UInt8]
  private let means: FloatBuffer  // (entries, stride)
  private let blended: FloatBuffer  // (2, stride)
  private let drawnFrom: FloatBuffer  // (stride)

  /// Nil where the vocabulary is too large for it to pay.
  init?(vocabulary: Int) {
    self.vocabulary = vocabulary
    stride = (vocabulary + 15) / 16 * 16
    var entries = 1 << 15
    while entries * stride > 1 << 20 { entries /= 2 }
    if entries < Self.fewestEntries { return nil }
    self.entries = entries
    tags = [UInt32](repeating: 0, count: entries)
    seen = [UInt8](repeating: 0, count: entries)
    means = FloatBuffer(count: entries * stride)
    blended = FloatBuffer(count: 2 * stride)
    drawnFrom = FloatBuffer(count: stride)
  }

  /// What a random number draws from the distributions that contexts lead to expect: the last tokens, 1, 2, 3, 4 and 6 of them;
  /// and the last one together with the place. Nil at a text's start.
  /// - Parameter position: of the token among the drawn ones.
  func guesses(
    _ hashes: ContextHashes, position: Int, uniform: Float
  ) -> (tokens: Drafter.Guess, place: Drafter.Guess)? {
    guard let last = hashes[0] else { return nil }
    let tokens = blended.pointer
    let place = blended.pointer + stride
    tokens.update(repeating: 1 / Float(vocabulary), count: vocabulary)
    var seenTokens = blend(tokens, last)
    place.update(from: tokens, count: stride)
    let seenPlace = blend(place, ContextHashes.join(last, position))
    for context in 1...4 {
      guard let hash = hashes[context] else { break }
      let times = blend(tokens, hash)
      if times > 0 { seenTokens = times }
    }
    return (draw(tokens, uniform, seen: seenTokens, contexts: 0), draw(place, uniform, seen: seenPlace, contexts: 1))
  }

  /// Learns what a token was drawn from.
  /// - Parameter inverseTemperature: nil where the token is simply the one with the largest logit.
  func learn(
    _ hashes: ContextHashes, position: Int, token: Int32, logits: UnsafePointer<Float>, inverseTemperature: Float?
  ) {
    guard let last = hashes[0] else { return }
    let p = drawnFrom.pointer
    if let inverseTemperature {
      SoftmaxRow(logits, count: vocabulary, inverseTemperature: inverseTemperature)
        .probabilities(p, logits, count: vocabulary)
    } else {
      p.update(repeating: 0, count: stride)
      p[Int(token)] = 1
    }
    update(ContextHashes.join(last, position), p)
    for context in 0...4 {
      guard let hash = hashes[context] else { return }
      update(hash, p)
    }
  }

  /// Blends what is known of a context into a distribution; how often the context was seen.
  private func blend(_ p: UnsafeMutablePointer<Float>, _ hash: UInt64) -> Int {
    let place = ContextHashes.place(hash, of: entries)
    guard seen[place] > 0 && tags[place] == ContextHashes.tag(hash) else { return 0 }
    let times = Int(seen[place])
    moveToward(p, means.pointer + place * stride, weight: Float(times) / (Float(times) + 0.5), count: stride)
    return times
  }

  private func update(_ hash: UInt64, _ p: UnsafeMutablePointer<Float>) {
    let place = ContextHashes.place(hash, of: entries)
    let tag = ContextHashes.tag(hash)
    if seen[place] > 0 && tags[place] != tag {
      // What comes more often stays.
      seen[place] -= 1
      return
    }
    let mean = means.pointer + place * stride
    if seen[place] == 0 {
      (tags[place], seen[place]) = (tag, 1)
      return mean.update(from: p, count: stride)
    }
    if seen[place] < Self.mostSeen { seen[place] += 1 }
    moveToward(mean, p, weight: 1 / Float(seen[place]), count: stride)
  }

  /// As `pick` draws, from probabilities.
  private func draw(_ p: UnsafePointer<Float>, _ uniform: Float, seen: Int, contexts: Int) -> Drafter.Guess {
    var below: Float = 0
    var token = 0
    while token < vocabulary - 1 && below + p[token] <= uniform {
      below += p[token]
      token += 1
    }
    let left = token == 0 ? 1 : uniform - below
    let right = token == vocabulary - 1 ? 1 : below + p[token] - uniform
    let margin = Self.margins - 1 + Int(max(min(left, right), 0x1p-11).exponent)
    let evidence = Int.bitWidth - seen.leadingZeroBitCount
    return Drafter.Guess(token: Int32(token), kind: (contexts * Self.evidences + evidence) * Self.margins + margin)
  }
}
