import SwerveTensor

/// Sums the gradients of many shards in an order that depends on the problem alone.
///
/// Shard s belongs to lane s mod lanes. A lane takes its shards in increasing order, and each shard continues the
/// chains of the shard before. At the end, the lanes are added in a fixed tree. Threads pick up whole lanes.
package final class GradientLanes {
  /// (lanes) blocks in the model's layout; the first holds the sum after `combine`.
  private var buffers: [FloatBuffer] = []
  private let count: Int
  private static let most = 8
  private static let memoryLimit = 256 << 20

  /// - Parameter count: floats of the model's block. There are fewer lanes for a model whose lanes would take more than
  ///   256 MiB.
  package init(count: Int) {
    self.count = count
  }

  private static func limit(count: Int) -> Int { max(2, min(most, memoryLimit / max(4 * count, 1))) }

  /// How many lanes the gradients of so many shards are added in.
  static func lanes(count: Int, shards: Int) -> Int { max(1, min(limit(count: count), shards)) }

  /// The gradient after `combine`.
  package var total: UnsafeMutablePointer<Float> { buffers[0].pointer }

  /// Calls `body(shard, block of its lane, worker)` for every shard. Without shards the gradient is zero.
  package func accumulate(
    shards: Int, pool: WorkerPool,
    _ body: (_ shard: Int, _ gradient: GradientBlock, _ worker: Int) -> Void
  ) {
    let lanes = Self.lanes(count: count, shards: shards)
    while buffers.count < lanes { buffers.append(FloatBuffer(count: count)) }
    let pointers = buffers.prefix(lanes).map(\.pointer)
    pool.run(lanes) { lane, worker in
      if shards == 0 { pointers[lane].update(repeating: 0, count: self.count) }
      for shard in stride(from: lane, to: shards, by: lanes) {
        body(shard, GradientBlock(pointers[lane], isFirst: shard == lane), worker)
      }
    }
    combine(pointers, pool: pool)
  }

  /// Adds lane i + step to lane i for step = 4, 2, 1 (lanes that do not exist are left out), in pieces of the block.
  private func combine(_ lanes: [UnsafeMutablePointer<Float>], pool: WorkerPool) {
    let piece = 1 << 14
    pool.run((count + piece - 1) / piece) { index, _ in
      let first = index * piece
      let length = min(piece, self.count - first)
      for step in [4, 2, 1] {
        for lane in 0..<step where lane + step < lanes.count {
          addInto(lanes[lane] + first, lanes[lane + step].reading + first, count: length)
        }
      }
    }
  }
}
