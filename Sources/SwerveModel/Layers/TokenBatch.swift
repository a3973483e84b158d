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
  /// The tokens whose logits are computed, as rising indices in `tokens`; nil: all. The product with the vocabulary is
  /// a large part of a pass, so whoever needs the logits of answers only leaves out the prompts.
  package let outputs: [Int]?
  /// Where the branches of each text start, counted from its first token; empty for a text without branches. A branch
  /// continues the stem, which is everything before the first branch; it does not see the other branches.
  package let branches: [[Int]]
  /// Whether its shards are of about the same size, so that threads end at about the same time. Otherwise the last may be much
  /// smaller than the others.
  package let hasEvenShards: Bool

  package init(
    _ texts: [[Int32]], positions: [Int]? = nil, types: [[Int32]] = [], branches: [[Int]]? = nil,
    outputs: [Int]? = nil, hasEvenShards: Bool = false
  ) {
    self.hasEvenShards = hasEvenShards
    self.types = Array(types.joined())
    self.outputs = outputs
    self.branches = branches ?? [[Int]](repeating: [], count: texts.count)
    tokens = Array(texts.joined())
    var starts = [0]
    for text in texts { starts.append(starts.last! + text.count) }
    self.starts = starts
    self.positions = positions ?? [Int](repeating: 0, count: texts.count)
  }

  package var rows: Int { starts.count - 1 }
  package func length(_ row: Int) -> Int { starts[row + 1] - starts[row] }
  func type(_ index: Int) -> Int { types.isEmpty ? 0 : Int(types[index]) }

  /// Consecutive tokens of a text at consecutive positions: a whole text, the stem of one, or a branch.
  struct Run {
    /// Its first token.
    let first: Int
    let length: Int
    /// The position of its first token.
    let position: Int
    /// The tokens before its own that its tokens see: those of the stem, for a branch.
    let stem: Range<Int>
  }

  /// Calls `body` for each run of a text, the stem before its branches; without branches, for the text itself.
  /// - Parameter start: the index of the text's first token, from which the runs are counted.
  func forEachRun(of row: Int, from start: Int = 0, _ body: (Run) -> Void) {
    let (branches, length, position) = (branches[row], length(row), positions[row])
    let stem = branches.first ?? length
    body(Run(first: start, length: stem, position: position, stem: start..<start))
    for (index, first) in branches.enumerated() {
      let end = index + 1 < branches.count ? branches[index + 1] : length
      body(
        Run(first: start + first, length: end - first, position: position + stem, stem: start..<start + stem))
    }
  }
}

/// Consecutive texts of a batch that one thread takes through the model at a time.
///
/// Shards are cut by the texts' lengths alone, never by the number of threads: consecutive texts until they hold at
/// least `target` tokens or, where the batch has even shards, until they hold their share of all tokens.
package struct Shard: Equatable, Sendable {
  package let rows: Range<Int>
  package let tokens: Range<Int>
  /// Which of the batch's outputs are in the shard; empty where the batch names none.
  package let outputs: Range<Int>
  package static let target = 128

  init(rows: Range<Int>, tokens: Range<Int>, outputs: Range<Int> = 0..<0) {
    self.rows = rows
    self.tokens = tokens
    self.outputs = outputs
  }

  /// How many rows of logits the shard has.
  package func outputCount(_ batch: TokenBatch) -> Int { batch.outputs == nil ? tokens.count : outputs.count }

  package static func cut(_ batch: TokenBatch) -> [Shard] {
    var shards: [Shard] = []
    var first = 0
    var output = 0
    for row in 0..<batch.rows {
      let tokens = batch.starts[first]..<batch.starts[row + 1]
      if tokens.upperBound >= end(ofShard: shards.count, from: tokens.lowerBound, batch) || row == batch.rows - 1 {
        var next = output
        if let outputs = batch.outputs {
          while next < outputs.count && outputs[next] < tokens.upperBound { next += 1 }
        }
        shards.append(Shard(rows: first..<row + 1, tokens: tokens, outputs: output..<next))
        output = next
        first = row + 1
      }
    }
    return shards
  }

  /// The tokens of the batch after which a shard may end.
  private static func end(ofShard index: Int, from first: Int, _ batch: TokenBatch) -> Int {
    if !batch.hasEvenShards { return first + target }
    let count = evenCount(tokens: batch.tokens.count)
    return (batch.tokens.count * (index + 1) + count - 1) / count
  }

  /// How many even shards there are: of about `target` tokens each, and 1, 2 or a multiple of 4, so that two or four threads
  /// have the same work.
  private static func evenCount(tokens: Int) -> Int {
    let count = (tokens + target / 2) / target
    return count <= 2 ? max(count, 1) : (count + 2) / 4 * 4
  }
}
