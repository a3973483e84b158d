import SwerveTensor

/// Random inputs of a test, a function of the seed that its failures show.
package struct TestRandom {
  package var cursor: RandomCursor

  package init(_ seed: UInt64, _ purpose: String = "tests") {
    cursor = RandomStream(seed: seed, purpose: purpose).cursor(step: 0, row: 0)
  }

  /// A whole number in the range.
  package mutating func within(_ range: ClosedRange<Int>) -> Int { cursor.within(range) }

  /// A number in the range.
  package mutating func uniform(_ range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * cursor.uniform()
  }

  package mutating func uniforms(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in uniform(range) }
  }

  /// Normal numbers of mean 0.
  package mutating func normals(_ count: Int, standardDeviation: Float = 1) -> [Float] {
    (0..<count).map { _ in cursor.normal() * standardDeviation }
  }

  /// Normal numbers, about one in `one` of which is replaced by one of `special`.
  package mutating func normals(_ count: Int, with special: [Float], in one: Int) -> [Float] {
    normals(count).map { within(1...one) == 1 ? special[within(0...special.count - 1)] : $0 }
  }

  /// Token numbers below `vocabulary`.
  package mutating func tokens(_ count: Int, vocabulary: Int) -> [Int32] {
    (0..<count).map { _ in Int32(cursor.below(vocabulary)) }
  }

  /// All indices of a list, or `most` of a longer one, in increasing order.
  package mutating func indices(of count: Int, most: Int) -> [Int] {
    if count <= most { return Array(0..<count) }
    return (0..<most).map { _ in cursor.below(count) }.sorted()
  }
}

/// The numbers of threads at which results must be the same bits.
package let threadCounts = [1, 2, 3, 7]

/// Calls `body` with a pool and ends its threads.
package func withPool<Result>(
  threads: Int, communicator: any Communicator = OneRank(), _ body: (WorkerPool) throws -> Result
) rethrows -> Result {
  let pool = WorkerPool(threads: threads, communicator: communicator)
  defer { pool.close() }
  return try body(pool)
}

/// Zeros of both signs, subnormal numbers, and numbers whose products are subnormal or vanish.
package let tinyFloats: [Float] = [
  0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 0x1.8p-130, -0x1.234p-127, .leastNormalMagnitude, -1e-20,
  1e-25, -1e-30,
]

/// What a calculation that went wrong leaves.
package let nonFiniteFloats: [Float] = [.nan, .infinity, -.infinity]
