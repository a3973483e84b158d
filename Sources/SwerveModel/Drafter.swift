/// Guesses how texts go on, so that one step can process several tokens of a text (speculative decoding: Leviathan, Kalman,
/// Matias, arXiv 2211.17192; there a guess is accepted with a probability, here each token's random number is fixed beforehand
/// and says which token it is).
///
/// It remembers what followed the last 4, 8 and 16 tokens in any text so far, and believes the longest of these contexts that
/// was right often enough of late: as processors predict branches (Seznec, Michaud, "A case for (partially) TAgged GEometric
/// history length branch prediction", JILP 8, 2006). Texts that nobody could guess cost nothing but the looking up.
final class Drafter {
  private struct Entry {
    /// Of the context, as others have the same place.
    var tag: UInt32 = 0
    var token: Int32 = 0
    /// Goes up with each time that the token followed, and down by two with each that another did; 0 for an unused entry.
    var trust = 0
  }

  private static let contexts = [4, 8, 16]
  /// The trust that a guess takes. Lower, and too many of them are wrong: each costs the work of a token.
  private static let believed = 6
  private static let mostTrust = 16
  private var entries = [Entry](repeating: Entry(), count: 1 << 15)
  /// How many guesses were made.
  private(set) var guesses = 0

  /// The token that is likely to follow; nil where no context is trusted.
  func guess(after tokens: [Int32]) -> Int32? {
    let hashes = hashes(of: tokens, count: tokens.count)
    for place in Self.contexts.indices.reversed() where Self.contexts[place] <= tokens.count {
      let entry = entries[index(hashes[place])]
      if entry.trust >= Self.believed && entry.tag == tag(hashes[place]) {
        guesses += 1
        return entry.token
      }
    }
    return nil
  }

  /// Learns that the first `count` tokens of a text were followed by the next one.
  func learn(_ tokens: [Int32], at count: Int) {
    let hashes = hashes(of: tokens, count: count)
    for (place, context) in Self.contexts.enumerated() where context <= count {
      update(&entries[index(hashes[place])], tag(hashes[place]), tokens[count])
    }
  }

  private func update(_ entry: inout Entry, _ tag: UInt32, _ token: Int32) {
    if entry.tag == tag && entry.token == token {
      entry.trust = min(entry.trust + 1, Self.mostTrust)
    } else if entry.trust > 2 {
      entry.trust -= 2
    } else {
      entry = Entry(tag: tag, token: token, trust: 1)
    }
  }

  /// Of the last 4, 8 and 16 of the first `count` tokens, as far as there are so many.
  private func hashes(of tokens: [Int32], count: Int) -> SIMD4<UInt64> {
    var hashes = SIMD4<UInt64>()
    var hash: UInt64 = 0
    var back = 0
    for (place, context) in Self.contexts.enumerated() where context <= count {
      while back < context {
        back += 1
        hash = (hash ^ UInt64(UInt32(bitPattern: tokens[count - back]))) &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash >> 29
      }
      hashes[place] = hash
    }
    return hashes
  }

  private func index(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (entries.count - 1) }

  private func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) }
}
