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
  private func naive(shards: Int, count: Int, lanes most: Int = 8) -> [Float] {
    let used = max(1, min(most, shards))
    var lanes = [[Float]](repeating: [Float](repeating: 0, count: count), count: used)
    for shard in 0..<shards { for (i, x) in part(shard, count: count).enumerated() { lanes[shard % used][i] += x } }
    for step in [32, 16, 8, 4, 2, 1] {
      for lane in 0..<step where lane + step < used {
        for i in 0..<count { lanes[lane][i] += lanes[lane + step][i] }
      }
    }
    return lanes[0]
  }

  /// MPI may run on any number of ranks; each rank owns whole lanes, or none.
  @Test(arguments: [(1, 2), (2, 2), (3, 1), (5, 1), (8, 1)])
  func givesTheSameSumOnEveryRank(ranks: Int, threads: Int) {
    for (shards, most) in [(0, 8), (1, 8), (3, 8), (8, 8), (21, 8), (21, 5), (40, 16), (19, 13)] {
      // A block of one piece leaves all but one rank without a part of it.
      for count in [53, 3 * RankParts.piece + 17] {
        let expected = naive(shards: shards, count: count, lanes: most)
        let found = ThreadCommunicator.run(ranks) { communicator -> (own: [Float], whole: [Float]) in
          withPool(threads: threads, communicator: communicator) { pool in
            let lanes = GradientLanes(count: count, lanes: most)
            for _ in 0..<2 {
              lanes.accumulate(shards: shards, pool: pool) { shard, gradient, _ in
                for (i, x) in part(shard, count: count).enumerated() { add(x, to: gradient, i) }
              }
            }
            let own = RankParts(count: count, ranks: ranks).ranges[communicator.rank]
            let ownPart: [Float] = Array(UnsafeBufferPointer(start: lanes.total + own.lowerBound, count: own.count))
            let whole: [Float] = Array(UnsafeBufferPointer(start: lanes.whole(communicator), count: count))
            return (own: ownPart, whole: whole)
          }
        }
        let note = Comment("\(ranks) ranks, \(shards) shards, \(most) lanes, \(count) floats")
        for rank in found { #expect(bitMismatch(rank.whole, expected) == nil, note) }
        #expect(bitMismatch(found.flatMap { $0.own }, expected) == nil, note)
      }
    }
  }

  @Test(arguments: 1...17) func dealsEveryLaneToOneRankAndAddsItOnce(lanes: Int) {
    for ranks in 1...lanes + 2 {
      let tree = LaneTree(lanes: lanes, ranks: ranks)
      #expect((0..<ranks).flatMap { tree.lanes(of: $0) }.sorted() == Array(0..<lanes))
      let counts = (0..<ranks).map { tree.lanes(of: $0).count }
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "\(counts)")
      let inside = tree.blocks.flatMap { tree.additions(lane: $0.lane, step: $0.step) }
      let added = (inside + tree.topAdditions).map(\.from)
      #expect(added.sorted() == Array(1..<max(lanes, 1)), "each lane but the first goes into another once")
    }
  }

  /// Each block is one more part of the gradient that a rank gives away.
  @Test(arguments: [1, 2, 4, 8, 16, 64]) func addsAllOfARanksLanesBeforeItGivesThemAway(lanes: Int) {
    for ranks in [1, 2, 4, 8] where ranks <= lanes {
      let tree = LaneTree(lanes: lanes, ranks: ranks)
      #expect(tree.blocks.map(\.owner).sorted() == Array(0..<ranks), "\(lanes) lanes, \(ranks) ranks")
    }
    #expect(LaneTree(lanes: 6, ranks: 2).blocks.count == 2)
  }

  /// All ranks refuse such a gradient with the same words.
  @Test func givesEveryRankTheWholeOfAGradientThatIsNotFinite() {
    let count = 4 * RankParts.piece
    let found = ThreadCommunicator.run(3) { communicator in
      withPool(threads: 1, communicator: communicator) { pool in
        let lanes = GradientLanes(count: count)
        lanes.accumulate(shards: 6, pool: pool) { shard, gradient, _ in
          for i in 0..<count { add(i == count - 5 ? Float.greatestFiniteMagnitude : 1, to: gradient, i) }
        }
        return Array(UnsafeBufferPointer(start: lanes.total, count: count))
      }
    }
    for gradient in found { #expect(gradient[count - 5] == .infinity && gradient[0] == 6) }
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
    ([Int](repeating: 10, count: 30), [150, 150]),
    // 10 shards of 128 tokens are as far from 8 as from 12.
    ([Int](repeating: 40, count: 32), (0..<4).flatMap { _ in [120, 120, 80] }),
    ([500, 3, 4, 9], [500, 3, 4, 9]), ([7], [7]), ([], []),
  ])
  func cutsEvenShards(lengths: [Int], sizes: [Int]) {
    let batch = TokenBatch(lengths.map { [Int32](repeating: 0, count: $0) }, hasEvenShards: true)
    let shards = Shard.cut(batch)
    #expect(shards.map(\.tokens.count) == sizes)
    #expect(shards.flatMap { Array($0.rows) } == Array(lengths.indices))
  }
}
