import SwerveTensor

/// Sums the gradients of many shards in an order that depends on the problem alone.
///
/// Shard s belongs to lane s mod lanes. A lane takes its shards in increasing order, and each shard continues the
/// chains of the shard before. At the end, the lanes are added in a fixed tree (`LaneTree`). Ranks own whole lanes, and
/// threads pick up whole lanes of their rank.
package final class GradientLanes {
  /// (own lanes) blocks in the model's layout.
  private var buffers: [FloatBuffer] = []
  private let count: Int
  private let asked: Int?
  private let received = GrowingBuffer()
  /// Whether other ranks' parts of `total` are there.
  private var isWhole = true
  private static let most = 8
  private static let memoryLimit = 256 << 20

  /// - Parameters:
  ///   - count: floats of the model's block.
  ///   - lanes: most lanes. If not given: 8, or fewer for a model whose lanes would take more than 256 MiB, but 2 at
  ///     least. The number decides bits.
  package init(count: Int, lanes: Int? = nil) {
    self.count = count
    asked = lanes
  }

  /// How many lanes the gradients of so many shards are added in.
  /// - Parameters:
  ///   - count: floats of the model's block.
  ///   - asked: most lanes; nil: by the model's size.
  static func lanes(count: Int, shards: Int, asked: Int? = nil) -> Int {
    max(1, min(asked ?? max(2, min(most, memoryLimit / max(4 * count, 1))), shards))
  }

  /// How the gradients of so many shards are added.
  func tree(shards: Int, ranks: Int) -> LaneTree {
    LaneTree(lanes: Self.lanes(count: count, shards: shards, asked: asked), ranks: ranks)
  }

  /// The gradient after `accumulate`. Of several ranks, each has its own part of it (`RankParts`). What it holds of the
  /// other parts is no gradient, but finite: if an element of the gradient is not, every rank has all of it.
  package var total: UnsafeMutablePointer<Float> { buffers[0].pointer }

  /// The whole gradient on every rank.
  package func whole(_ communicator: any Communicator) -> UnsafeMutablePointer<Float> {
    if !isWhole {
      communicator.gather(total, RankParts(count: count, ranks: communicator.ranks).ranges)
      isWhole = true
    }
    return total
  }

  /// The shards, of so many, that a rank's lanes have; in increasing order.
  func shards(of count: Int, _ communicator: any Communicator) -> [Int] {
    let tree = tree(shards: count, ranks: communicator.ranks)
    return (0..<count).filter { tree.owners[$0 % tree.lanes] == communicator.rank }
  }

  /// Calls `body(shard, block of its lane, worker)` for every shard of this rank's lanes. Without shards the gradient is
  /// zero.
  package func accumulate(
    shards: Int, pool: WorkerPool,
    _ body: (_ shard: Int, _ gradient: GradientBlock, _ worker: Int) -> Void
  ) {
    let communicator = pool.communicator
    let tree = tree(shards: shards, ranks: communicator.ranks)
    let own = tree.lanes(of: communicator.rank)
    while buffers.count < max(own.count, 1) { buffers.append(FloatBuffer(count: count)) }
    pool.run(own.count) { index, worker in
      let target = buffers[index].pointer
      if shards == 0 { target.update(repeating: 0, count: self.count) }
      for shard in stride(from: own[index], to: shards, by: tree.lanes) {
        body(shard, GradientBlock(target, isFirst: shard == own[index]), worker)
      }
    }
    var blocks = [UnsafeMutablePointer<Float>?](repeating: nil, count: tree.lanes)
    for (index, lane) in own.enumerated() { blocks[lane] = buffers[index].pointer }
    for block in tree.blocks where block.owner == communicator.rank {
      add(tree.additions(lane: block.lane, step: block.step), blocks, 0..<count, pool)
    }
    isWhole = communicator.isAlone
    if isWhole { return }
    combine(tree, blocks, pool)
    // All ranks then refuse the same gradient, and say the same about it.
    let part = RankParts(count: count, ranks: tree.ranks).ranges[communicator.rank]
    let isFinite = firstNonFinite(total + part.lowerBound, count: part.count) == nil
    if communicator.all(isFinite ? 0 : 1).contains(1) { _ = whole(communicator) }
  }

  /// Adds lanes to lanes, in pieces of the block.
  private func add(
    _ additions: [LaneTree.Addition], _ lanes: [UnsafeMutablePointer<Float>?], _ range: Range<Int>, _ pool: WorkerPool
  ) {
    if additions.isEmpty { return }
    let piece = 1 << 14
    pool.run((range.count + piece - 1) / piece) { index, _ in
      let first = range.lowerBound + index * piece
      let length = min(piece, range.upperBound - first)
      for addition in additions {
        guard let target = lanes[addition.into], let source = lanes[addition.from] else { continue }
        addInto(target + first, source.reading + first, count: length)
      }
    }
  }

  /// Adds the blocks of all ranks: each rank gets everybody's blocks for its part of the floats, and adds them along the
  /// tree. Takes slabs of the parts one after another, so that little is received at a time.
  private func combine(_ tree: LaneTree, _ lanes: [UnsafeMutablePointer<Float>?], _ pool: WorkerPool) {
    let communicator = pool.communicator
    let parts = RankParts(count: count, ranks: tree.ranks)
    let most = max(1, Self.slab / (tree.ranks * tree.ranks))
    let own = parts.ranges[communicator.rank]
    let top = tree.topAdditions
    // Block `turn` of each rank is exchanged at a time.
    let blocks = (0..<tree.ranks).map { rank in tree.blocks.filter { $0.owner == rank } }
    let turns = blocks.map(\.count).max() ?? 0
    let longest = parts.ranges.map(\.count).max() ?? 0
    for start in stride(from: 0, to: longest, by: most) {
      let slabs = parts.ranges.map { part in
        let first = min(part.lowerBound + start, part.upperBound)
        return first..<min(first + most, part.upperBound)
      }
      let length = slabs[communicator.rank].count
      let space = received.reserve(max(1, turns * tree.ranks * length)).pointer
      var arrived = [UnsafeMutablePointer<Float>?](repeating: nil, count: tree.lanes)
      for turn in 0..<turns {
        let given = blocks[communicator.rank].count > turn ? blocks[communicator.rank][turn] : nil
        let target = space + turn * tree.ranks * length
        var end = 0
        let ranges = (0..<tree.ranks).map { rank in
          let size = blocks[rank].count > turn ? length : 0
          if size > 0 { arrived[blocks[rank][turn].lane] = target + end }
          end += size
          return 4 * (end - size)..<4 * end
        }
        communicator.exchange(
          given.flatMap { lanes[$0.lane] } ?? total,
          sent: slabs.map { given == nil ? 0..<0 : 4 * $0.lowerBound..<4 * $0.upperBound }, into: target,
          received: ranges)
      }
      add(top, arrived, 0..<length, pool)
      guard let sum = arrived[0] else { continue }
      (total + own.lowerBound + start).update(from: sum, count: length)
    }
  }

  /// Floats that are received at a time, about.
  private static let slab = 1 << 22
}
