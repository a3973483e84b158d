/// The draft table of n-grams: the token that followed the last 4, 8 or 16 tokens in any text so far. The longest
/// trusted context makes the proposal, as in the branch prediction of processors (Seznec, Michaud, "A case for
/// (partially) TAgged GEometric history length branch prediction", JILP 8, 2006).
struct NGramTable {
  private struct Entry {
    /// The tag of the context, because other contexts have the same index.
    var tag: UInt32 = 0
    var token: Int32 = 0
    /// Goes up by one each time that the token followed, and down by two each time that another token did; 0 for an
    /// unused entry.
    var trust = 0
  }

  /// A proposal's kind is its entry's trust.
  static let kinds = mostTrust + 1
  private static let mostTrust = 16
  /// The contexts of 4, 8 and 16 tokens: their indices in `ContextHashes.lengths`.
  private static let contexts = [3, 5, 6]
  /// A longer context with less trust than this gives way to a shorter one with more.
  private static let trusted = 6
  private var entries = [Entry](repeating: Entry(), count: 1 << 15)

  /// Nil where no context is known.
  func propose(_ hashes: ContextHashes) -> NGramDrafter.Proposal? {
    var best: Entry?
    for context in Self.contexts {
      guard let hash = hashes[context] else { break }
      let entry = entries[ContextHashes.index(hash, of: entries.count)]
      guard entry.trust > 0 && entry.tag == ContextHashes.tag(hash) else { continue }
      if entry.trust >= min(best?.trust ?? 0, Self.trusted) { best = entry }
    }
    return best.map { NGramDrafter.Proposal(token: $0.token, kind: $0.trust) }
  }

  /// Learns that the context was followed by a token.
  mutating func learn(_ hashes: ContextHashes, _ token: Int32) {
    for context in Self.contexts {
      guard let hash = hashes[context] else { return }
      update(&entries[ContextHashes.index(hash, of: entries.count)], ContextHashes.tag(hash), token)
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
}
