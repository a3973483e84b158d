/// Byte-pair encoding of one word: each byte is a token at first, then of all pairs of neighbours the one with the lowest rank
/// is merged, the leftmost first, until no pair is left that merges.
struct BytePairs: Sendable {
  /// The token of each byte; -1: the vocabulary has none.
  let byteTokens: [Int32]
  private let merges: MergeTable
  /// The vocabulary, if a word that is a token is never taken apart.
  private let wholeWords: ByteTrie?

  init(byteTokens: [Int32], merges: MergeTable, wholeWords: ByteTrie?) {
    self.byteTokens = byteTokens
    self.merges = merges
    self.wholeWords = wholeWords
  }

  /// Memory for the words of one text.
  struct Workspace {
    fileprivate var symbols: [Symbol] = []
    fileprivate var heap = MergeHeap()
  }

  /// A token of the word so far. The one at a byte that another has swallowed has rank `never`.
  fileprivate struct Symbol {
    var token: Int32
    var previous: Int32
    var next: Int32
    /// Of the pair that it makes with the next one.
    var rank: Int32
  }

  /// O(n log n) in the length of the word.
  func encode(
    _ word: Slice<UnsafeBufferPointer<UInt8>>, into tokens: inout [Int32], _ workspace: inout Workspace
  ) throws(TokenizerError) {
    if let wholeWords, let token = wholeWords.value(of: word) {
      tokens.append(token)
      return
    }
    if word.count == 1 {
      tokens.append(try token(of: word[word.startIndex], in: word))
      return
    }
    try start(word, &workspace)
    merge(&workspace)
    var place = 0
    while place < workspace.symbols.count {
      tokens.append(workspace.symbols[place].token)
      place = Int(workspace.symbols[place].next)
    }
  }

  private func token(of byte: UInt8, in word: Slice<UnsafeBufferPointer<UInt8>>) throws(TokenizerError) -> Int32 {
    let token = byteTokens[Int(byte)]
    guard token >= 0 else { throw .unknownByte(byte, word: String(decoding: word, as: UTF8.self)) }
    return token
  }

  private func start(_ word: Slice<UnsafeBufferPointer<UInt8>>, _ w: inout Workspace) throws(TokenizerError) {
    w.symbols.removeAll(keepingCapacity: true)
    w.symbols.reserveCapacity(word.count)
    w.heap.removeAll()
    var place: Int32 = 0
    for byte in word {
      let token = try token(of: byte, in: word)
      w.symbols.append(Symbol(token: token, previous: place - 1, next: place + 1, rank: MergeTable.never))
      place += 1
    }
    for place in 0..<w.symbols.count - 1 { rerank(place, &w) }
  }

  private func merge(_ w: inout Workspace) {
    let count = w.symbols.count
    while let (rank, place) = w.heap.popFirst() {
      // A pair that has become another one since: that has an entry of its own.
      guard w.symbols[place].rank == rank else { continue }
      let swallowed = Int(w.symbols[place].next)
      let next = Int(w.symbols[swallowed].next)
      w.symbols[place].token = merges.result(rank)
      w.symbols[place].next = Int32(next)
      w.symbols[swallowed].rank = MergeTable.never
      if next < count { w.symbols[next].previous = Int32(place) }
      rerank(place, &w)
      if w.symbols[place].previous >= 0 { rerank(Int(w.symbols[place].previous), &w) }
    }
  }

  /// Finds the rank of the pair that begins at a symbol.
  @inline(__always)
  private func rerank(_ place: Int, _ w: inout Workspace) {
    let next = Int(w.symbols[place].next)
    guard next < w.symbols.count else {
      w.symbols[place].rank = MergeTable.never
      return
    }
    let rank = merges.rank(w.symbols[place].token, w.symbols[next].token)
    w.symbols[place].rank = rank
    if rank != MergeTable.never { w.heap.insert(rank: rank, place: place) }
  }
}

/// Pairs that may be merged, the lowest rank first and of one rank the leftmost.
private struct MergeHeap {
  /// A binary heap; rank and place are one number.
  private var entries: [UInt64] = []

  mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

  mutating func insert(rank: Int32, place: Int) {
    let entry = UInt64(rank) << 32 | UInt64(place)
    var hole = entries.count
    entries.append(entry)
    while hole > 0 {
      let parent = (hole - 1) / 2
      guard entry < entries[parent] else { break }
      entries[hole] = entries[parent]
      hole = parent
    }
    entries[hole] = entry
  }

  mutating func popFirst() -> (rank: Int32, place: Int)? {
    guard let first = entries.first else { return nil }
    let entry = entries.removeLast()
    let count = entries.count
    if count > 0 {
      var hole = 0
      while true {
        var child = 2 * hole + 1
        guard child < count else { break }
        if child + 1 < count, entries[child + 1] < entries[child] { child += 1 }
        guard entries[child] < entry else { break }
        entries[hole] = entries[child]
        hole = child
      }
      entries[hole] = entry
    }
    return (Int32(first >> 32), Int(first & 0xffff_ffff))
  }
}
