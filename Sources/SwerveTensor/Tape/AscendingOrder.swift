/// The indices of the values from the smallest to the largest: equal values by index, -0 equal to 0, NaN last.
///
/// A radix sort of (key, index) in three passes of 11, 11 and 10 bits: stable, and its time does not depend on the
/// values.
/// - Precondition: fewer than 2^32 values.
func ascendingOrder(_ values: [Float]) -> [Int] {
  withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2 * values.count) { space in
    let pairs = UnsafeMutableBufferPointer(rebasing: space[..<values.count])
    let scratch = UnsafeMutableBufferPointer(rebasing: space[values.count...])
    for i in values.indices { pairs[i] = UInt64(sortKey(values[i])) << 32 | UInt64(i) }
    distribute(pairs, by: 32, into: scratch)
    distribute(scratch, by: 43, into: pairs)
    distribute(pairs, by: 54, into: scratch)
    return scratch.map { Int(truncatingIfNeeded: $0 & 0xFFFF_FFFF) }
  }
}

/// An integer key. Keys have the same order as the floats.
private func sortKey(_ value: Float) -> UInt32 {
  if value.isNaN { return .max }
  if value == 0 { return 0x8000_0000 }
  let bits = value.bitPattern
  return bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
}

/// One stable counting pass over the 11 bits above `shift`.
private func distribute(
  _ pairs: UnsafeMutableBufferPointer<UInt64>, by shift: UInt64, into sorted: UnsafeMutableBufferPointer<UInt64>
) {
  withUnsafeTemporaryAllocation(of: Int.self, capacity: 2048) { next in
    next.initialize(repeating: 0)
    for pair in pairs { next[Int(truncatingIfNeeded: pair &>> shift & 2047)] &+= 1 }
    var start = 0
    for digit in 0..<2048 {
      let count = next[digit]
      next[digit] = start
      start &+= count
    }
    for pair in pairs {
      let digit = Int(truncatingIfNeeded: pair &>> shift & 2047)
      sorted[next[digit]] = pair
      next[digit] &+= 1
    }
  }
}
