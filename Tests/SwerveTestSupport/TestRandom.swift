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
  package mutating func normals(_ count: Int, deviation: Float = 1) -> [Float] {
    (0..<count).map { _ in cursor.normal() * deviation }
  }

  /// Token numbers below `vocabulary`.
  package mutating func tokens(_ count: Int, vocabulary: Int) -> [Int32] {
    (0..<count).map { _ in Int32(cursor.below(vocabulary)) }
  }

  /// All places of a list, or `most` of a longer one, in increasing order.
  package mutating func places(of count: Int, most: Int) -> [Int] {
    if count <= most { return Array(0..<count) }
    return (0..<most).map { _ in cursor.below(count) }.sorted()
  }
}

/// The numbers of threads at which results must be the same bits.
package let threadCounts = [1, 2, 3, 7]

/// Calls `body` with a pool and ends its threads.
package func withPool<Result>(threads: Int, _ body: (WorkerPool) throws -> Result) rethrows -> Result {
  let pool = WorkerPool(threads: threads)
  defer { pool.close() }
  return try body(pool)
}
