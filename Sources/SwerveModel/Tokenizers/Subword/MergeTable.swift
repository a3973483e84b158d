/// The merges of a byte-level vocabulary: which pairs of tokens become one, and which pair comes first.
struct MergeTable: Sendable {
  /// The rank of a pair that is never merged.
  static let never = Int32.max

  /// A hash table with linear probing: the pair of each slot, `empty` where there is none, and its rank.
  private var pairs: [UInt64]
  private var ranks: [Int32]
  private let shift: UInt64
  /// What the pair of each rank becomes.
  private var results: [Int32] = []

  private static let empty = UInt64.max

  /// - Parameter merges: in order of rank; of a pair that is there twice, the last counts.
  init(_ merges: [Merge]) {
    var bits = 4
    while 1 << bits < 2 * merges.count { bits += 1 }
    pairs = [UInt64](repeating: Self.empty, count: 1 << bits)
    ranks = [Int32](repeating: Self.never, count: 1 << bits)
    shift = UInt64(64 - bits)
    results.reserveCapacity(merges.count)
    for (rank, merge) in merges.enumerated() {
      let slot = slot(of: Self.key(merge.left, merge.right))
      pairs[slot] = Self.key(merge.left, merge.right)
      ranks[slot] = Int32(rank)
      results.append(merge.result)
    }
  }

  /// The place of a pair in the order of merges; `never` if it is none of them. O(1).
  @inline(__always)
  func rank(_ left: Int32, _ right: Int32) -> Int32 { ranks[slot(of: Self.key(left, right))] }

  func result(_ rank: Int32) -> Int32 { results[Int(rank)] }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Where a pair is, or would be.
  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    var slot = Int((key &* 0x9e37_79b9_7f4a_7c15) >> shift)
    while pairs[slot] != key && pairs[slot] != Self.empty { slot = (slot + 1) & (pairs.count - 1) }
    return slot
  }
}

/// Two tokens that become one.
package struct Merge: Equatable, Sendable {
  package let left: Int32
  package let right: Int32
  package let result: Int32
}
