import SwerveTensor

extension Communicator {
  /// Gives every rank the tokens of all texts. Logits and values stay with the rank that generated a text, because they may
  /// be large and each rank goes on with its own.
  /// - Parameters:
  ///   - own: the texts that this rank has generated.
  ///   - results: all texts, of which the others are empty.
  func share(_ own: Range<Int>, of results: UnsafeMutableBufferPointer<Generation>) {
    if isAlone { return }
    let parts = shares(of: results.count)
    for (rank, words) in all(own.flatMap { results[$0].words }).enumerated() where rank != self.rank {
      var rest = words[...]
      for text in parts[rank] { results[text] = Generation(&rest) }
    }
  }

  /// The words of each rank, in the order of ranks.
  private func all(_ words: [UInt32]) -> [[UInt32]] {
    all(words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }).map { bytes in
      stride(from: 0, to: bytes.count, by: 4).map { first in
        (0..<4).reduce(0) { $0 | UInt32(bytes[first + $1]) << (8 * $1) }
      }
    }
  }
}

extension Generation {
  /// The text without logits and values: the number of tokens, whether it is broken, and where; then tokens and the bits of
  /// their log-probabilities.
  fileprivate var words: [UInt32] {
    [
      UInt32(tokens.count), broken == nil ? 0 : 1, UInt32(broken?.token ?? 0), broken?.value.bitPattern ?? 0,
      UInt32(logp.count),
    ] + tokens.map { UInt32(bitPattern: $0) } + logp.map(\.bitPattern)
  }

  /// Takes a text from the front of some words.
  fileprivate init(_ words: inout ArraySlice<UInt32>) {
    let head = Array(words.prefix(5))
    words = words.dropFirst(5)
    self.init(
      tokens: words.prefix(Int(head[0])).map { Int32(bitPattern: $0) },
      logp: words.dropFirst(Int(head[0])).prefix(Int(head[4])).map { Float(bitPattern: $0) })
    words = words.dropFirst(Int(head[0] + head[4]))
    if head[1] == 1 { broken = (token: Int(head[2]), value: Float(bitPattern: head[3])) }
  }
}
