/// Texts of different lengths side by side, without padding.
package struct TokenBatch: Sendable {
  /// All tokens, text after text.
  package let tokens: [Int32]
  /// Where each text starts, and the end of the last one: one number more than there are texts.
  package let starts: [Int]
  /// The position of each text's first token (0, except where pre-training starts texts at random positions).
  package let positions: [Int]
  /// The type of each token, for a model that tells types apart; empty where all are 0.
  package let types: [Int32]

  package init(_ texts: [[Int32]], positions: [Int]? = nil, types: [[Int32]] = []) {
    self.types = Array(types.joined())
    tokens = Array(texts.joined())
    var starts = [0]
    for text in texts { starts.append(starts.last! + text.count) }
    self.starts = starts
    self.positions = positions ?? [Int](repeating: 0, count: texts.count)
  }

  package var rows: Int { starts.count - 1 }
  package func length(_ row: Int) -> Int { starts[row + 1] - starts[row] }
  func type(_ place: Int) -> Int { types.isEmpty ? 0 : Int(types[place]) }
}

/// Consecutive texts of a batch that one thread takes through the model at a time.
///
/// Shards are cut by the texts' lengths alone, never by the number of threads: consecutive texts until they hold at
/// least `target` tokens.
package struct Shard: Equatable, Sendable {
  package let rows: Range<Int>
  package let tokens: Range<Int>
  package static let target = 128

  package static func cut(_ batch: TokenBatch) -> [Shard] {
    var shards: [Shard] = []
    var first = 0
    for row in 0..<batch.rows {
      let tokens = batch.starts[first]..<batch.starts[row + 1]
      if tokens.count >= target || row == batch.rows - 1 {
        shards.append(Shard(rows: first..<row + 1, tokens: tokens))
        first = row + 1
      }
    }
    return shards
  }
}
