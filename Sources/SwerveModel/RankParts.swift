/// The parts of a model's block whose gradient, moments and update belong to each rank: consecutive, and cut between pieces of
/// 2^14 floats, in which norms are summed.
package struct RankParts {
  package let ranges: [Range<Int>]
  package static let piece = 1 << 14

  package init(count: Int, ranks: Int) {
    let pieces = (count + Self.piece - 1) / Self.piece
    ranges = (0..<ranks).map { rank in
      min(count, pieces * rank / ranks * Self.piece)..<min(count, pieces * (rank + 1) / ranks * Self.piece)
    }
  }
}
