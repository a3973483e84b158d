import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

@Suite struct GradientLanesTests {
  /// What shard `shard` adds.
  private func part(_ shard: Int, count: Int) -> [Float] {
    var random = TestRandom(UInt64(shard) + 1000, "tests/lanes")
    return random.normals(count)
  }

  /// Shard s in lane s mod 8, each lane a chain, the lanes added 4 apart, 2 apart, 1 apart.
  private func naive(shards: Int, count: Int) -> [Float] {
    let used = max(1, min(8, shards))
    var lanes = [[Float]](repeating: [Float](repeating: 0, count: count), count: used)
    for shard in 0..<shards { for (i, x) in part(shard, count: count).enumerated() { lanes[shard % used][i] += x } }
    for step in [4, 2, 1] {
      for lane in 0..<step where lane + step < used {
        for i in 0..<count { lanes[lane][i] += lanes[lane + step][i] }
      }
    }
    return lanes[0]
  }

  private func add(_ x: Float, to gradient: GradientBlock, _ i: Int) {
    gradient.pointer[i] = (gradient.isFirst ? 0 : gradient.pointer[i]) + x
  }

  @Test(arguments: [0, 1, 2, 3, 5, 7, 8, 9, 20], [1, 3])
  func sumsShardsInTheStatedTree(shards: Int, threads: Int) {
    let count = 53
    let lanes = GradientLanes(count: count)
    withPool(threads: threads) { pool in
      // The second round finds the lanes used.
      for _ in 0..<2 {
        lanes.accumulate(shards: shards, pool: pool) { shard, gradient, worker in
          for (i, x) in part(shard, count: count).enumerated() { add(x, to: gradient, i) }
        }
        let found = Array(UnsafeBufferPointer(start: lanes.total, count: count))
        #expect(bitMismatch(found, naive(shards: shards, count: count)) == nil, "\(shards) shards, \(threads) threads")
      }
    }
  }

  /// Blocks of several pieces: every element is added once.
  @Test(arguments: threadCounts)
  func addsEveryElementOfLargeBlocksOnce(threads: Int) {
    let count = (1 << 15) + 17
    let lanes = GradientLanes(count: count)
    withPool(threads: threads) { pool in
      lanes.accumulate(shards: 11, pool: pool) { shard, gradient, _ in
        for i in 0..<count { add(Float(shard + i % 3), to: gradient, i) }
      }
    }
    let found = Array(UnsafeBufferPointer(start: lanes.total, count: count))
    let expected: [Float] = (0..<count).map { i in Float(55 + 11 * (i % 3)) }
    #expect(bitMismatch(found, expected) == nil)
  }
}

@Suite struct ShardTests {
  @Test func fillsShardsWithWholeTextsUntilTheyAreLargeEnough() {
    let batch = TokenBatch([50, 50, 50, 150, 5, 128, 1].map { [Int32](repeating: 0, count: $0) })
    #expect(
      Shard.cut(batch) == [
        Shard(rows: 0..<3, tokens: 0..<150), Shard(rows: 3..<4, tokens: 150..<300),
        Shard(rows: 4..<6, tokens: 300..<433), Shard(rows: 6..<7, tokens: 433..<434),
      ])
    #expect(Shard.cut(TokenBatch([])).isEmpty)
  }

  /// - Parameter sizes: of the shards.
  @Test(arguments: [
    ([Int](repeating: 13, count: 32), [104, 104, 104, 104]), ([Int](repeating: 16, count: 32), [128, 128, 128, 128]),
    ([Int](repeating: 8, count: 32), [128, 128]), ([Int](repeating: 5, count: 32), [160]),
    ([Int](repeating: 10, count: 30), [150, 150]), ([Int](repeating: 40, count: 32), [Int](repeating: 160, count: 8)),
    ([500, 3, 4, 9], [500, 3, 4, 9]), ([7], [7]), ([], []),
  ])
  func cutsEvenShards(lengths: [Int], sizes: [Int]) {
    let batch = TokenBatch(lengths.map { [Int32](repeating: 0, count: $0) }, hasEvenShards: true)
    let shards = Shard.cut(batch)
    #expect(shards.map(\.tokens.count) == sizes)
    #expect(shards.flatMap { Array($0.rows) } == Array(lengths.indices))
  }
}
