/// Joins the processes ("ranks") that compute one run together. It moves bytes and computes nothing, so that every sum is
/// made in this project's own order: MPI's own sums depend on the number of ranks and on its version.
///
/// All ranks call the same functions in the same order, each on the thread that trains. A way to join processes is a type that
/// conforms to this protocol.
package protocol Communicator: AnyObject, Sendable {
  /// The number of this process, from 0.
  var rank: Int { get }
  /// How many there are, at least 1.
  var ranks: Int { get }

  /// What this rank has moved so far.
  var traffic: Traffic { get }

  /// Rank r gets the bytes `sent[r]` of this rank's `source`; what rank r sends to this one comes to the bytes
  /// `received[r]` of `target`. Both sides know the counts. No range is longer than `mostBytes`.
  func exchange(
    _ source: UnsafeRawPointer, sent: [Range<Int>], into target: UnsafeMutableRawPointer, received: [Range<Int>])

  /// Rank r gives the bytes `ranges[r]` of its `buffer`; afterwards all ranks have those of all. The ranges do not overlap,
  /// and together they are no longer than `mostBytes`.
  func gather(_ buffer: UnsafeMutableRawPointer, _ ranges: [Range<Int>])
}

/// How much a rank has moved.
package struct Traffic: Sendable {
  /// Bytes that it gave to other ranks.
  package var sentBytes = 0
  /// How long that took, with the time that it waited for slower ranks.
  package var seconds = 0.0

  package init() {}
}

extension Communicator {
  package var traffic: Traffic { Traffic() }
}

/// The only rank: a process that computes alone.
package final class OneRank: Communicator {
  package let rank = 0
  package let ranks = 1

  package init() {}

  package func exchange(
    _ source: UnsafeRawPointer, sent: [Range<Int>], into target: UnsafeMutableRawPointer, received: [Range<Int>]
  ) {
    (target + received[0].lowerBound).copyMemory(from: source + sent[0].lowerBound, byteCount: sent[0].count)
  }

  package func gather(_ buffer: UnsafeMutableRawPointer, _ ranges: [Range<Int>]) {}
}

/// Most bytes of one call: MPI counts in Int32.
package let mostCommunicatedBytes = 1 << 30

extension Communicator {
  package var isAlone: Bool { ranks == 1 }

  /// The share of `count` pieces of work that belongs to each rank: consecutive ones, and as many as the others have or
  /// one more.
  package func shares(of count: Int) -> [Range<Int>] {
    (0..<ranks).map { count * $0 / ranks..<count * ($0 + 1) / ranks }
  }

  /// This rank's share.
  package func share(of count: Int) -> Range<Int> { shares(of: count)[rank] }

  /// Rank r gives the elements `ranges[r]` of its buffer; afterwards all ranks have those of all.
  package func gather<Element: BitwiseCopyable>(_ buffer: UnsafeMutablePointer<Element>, _ ranges: [Range<Int>]) {
    if isAlone { return }
    let size = MemoryLayout<Element>.stride
    let most = max(1, mostCommunicatedBytes / (size * ranks))
    let longest = ranges.map(\.count).max() ?? 0
    for first in stride(from: 0, to: longest, by: most) {
      gather(
        UnsafeMutableRawPointer(buffer),
        ranges.map { range in
          let start = min(range.lowerBound + first, range.upperBound)
          return size * start..<size * min(start + most, range.upperBound)
        })
    }
  }

  /// Every element was written by one rank, and its bits are zero on the others: afterwards all ranks have all elements.
  /// That needs no agreement about which rank writes what.
  package func union<Element: BitwiseCopyable>(_ values: UnsafeMutableBufferPointer<Element>) {
    if isAlone || values.isEmpty { return }
    let bytes = UnsafeMutableRawPointer(values.baseAddress!)
    let count = values.count * MemoryLayout<Element>.stride
    // Each rank merges one piece of every slab, and gives it to all.
    let slab = min(count, 8 << 20)
    let received = UnsafeMutableRawPointer.allocate(byteCount: slab + ranks, alignment: 16)
    defer { received.deallocate() }
    for first in stride(from: 0, to: count, by: slab) {
      let pieces = shares(of: min(slab, count - first)).map { $0.lowerBound + first..<$0.upperBound + first }
      let own = pieces[rank]
      exchange(
        bytes, sent: pieces, into: received, received: (0..<ranks).map { own.count * $0..<own.count * ($0 + 1) })
      for other in 0..<ranks where other != rank {
        for byte in 0..<own.count {
          let target = (bytes + own.lowerBound + byte).assumingMemoryBound(to: UInt8.self)
          target.pointee |= (received + other * own.count + byte).load(as: UInt8.self)
        }
      }
      gather(bytes, pieces)
    }
  }

  /// The same for an array.
  package func union<Element: BitwiseCopyable>(_ values: inout [Element]) {
    values.withUnsafeMutableBufferPointer { union($0) }
  }

  /// One number of each rank, in the order of ranks.
  package func all(_ number: Int) -> [Int] {
    var numbers = [Int](repeating: 0, count: ranks)
    numbers[rank] = number
    numbers.withUnsafeMutableBufferPointer { gather($0.baseAddress!, (0..<ranks).map { $0..<$0 + 1 }) }
    return numbers
  }

  /// The bytes of each rank, in the order of ranks.
  package func all(_ bytes: [UInt8]) -> [[UInt8]] {
    let counts = all(bytes.count)
    var end = 0
    let ranges = counts.map { count in
      end += count
      return end - count..<end
    }
    var together = [UInt8](repeating: 0, count: end)
    together.replaceSubrange(ranges[rank], with: bytes)
    together.withUnsafeMutableBufferPointer { buffer in
      if let start = buffer.baseAddress { gather(start, ranges) }
    }
    return ranges.map { Array(together[$0]) }
  }
}
