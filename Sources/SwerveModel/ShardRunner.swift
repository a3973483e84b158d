import SwerveTensor
import Synchronization

/// Takes batches through models of one shape on all threads, and keeps each thread's working space between batches.
package final class ShardRunner {
  package let pool: WorkerPool
  private let layers: ModelLayers
  private let workspaces: [Workspace]
  private let activations: [Activations]
  private let forwardOnly: [Activations]
  private var kept: [Activations] = []
  /// Of this rank's shards of the last `forwardKeeping`, how many have their activations in `kept`.
  private var keeps = 0
  private let keptLimit: Int
  /// 256 MiB.
  package static let keptLimit = 64 << 20
  /// One number for each token of a batch, kept between batches.
  let losses = GrowingBuffer()

  /// - Parameter keptLimit: floats of activations that are kept between a forward and a backward pass.
  package init(_ configuration: ModelConfiguration, pool: WorkerPool, keptLimit: Int = ShardRunner.keptLimit) {
    layers = ModelLayers(configuration)
    self.pool = pool
    self.keptLimit = keptLimit
    workspaces = (0..<pool.threads).map { [layers] _ in Workspace(layers) }
    activations = (0..<pool.threads).map { [layers] _ in Activations(layers) }
    forwardOnly = (0..<pool.threads).map { [layers] _ in Activations(layers, forBackward: false) }
  }

  /// Forward only: `read` sees each shard's results once, on any thread, and must keep nothing of them.
  ///
  /// Of several ranks, each takes some shards. So what `read` writes must be zero before, and be united afterwards
  /// (`Communicator.union`). The same is true of `forwardKeeping` and of losses that `gradient` computes.
  package func forward(
    _ model: Transformer, _ batch: TokenBatch, read: (_ shard: Shard, _ a: Activations, _ w: Workspace) -> Void
  ) {
    model.prepare(pool: pool)
    let shards = Shard.cut(batch)
    let own = Array(stride(from: pool.communicator.rank, to: shards.count, by: pool.communicator.ranks))
    pool.run(own.count) { index, worker in
      let shard = shards[own[index]]
      model.forward(batch, shard, into: forwardOnly[worker], workspaces[worker])
      read(shard, forwardOnly[worker], workspaces[worker])
    }
  }

  /// Forward and backward of each shard at once, for a loss whose gradient at a token needs nothing from other shards.
  /// - Parameter loss: writes the gradient to `w.dLogits` (outputs, V) and `w.dValues` (N).
  package func gradient(
    _ model: Transformer, _ batch: TokenBatch, into lanes: GradientLanes, detachValue: Bool = false,
    loss: (_ shard: Shard, _ a: Activations, _ w: Workspace) -> Void
  ) {
    let shards = Shard.cut(batch)
    model.prepareTraining(pool: pool, shards: shards.count)
    lanes.accumulate(shards: shards.count, pool: pool) { index, gradient, worker in
      let a = activations[worker]
      let w = workspaces[worker]
      model.forward(batch, shards[index], into: a, w)
      loss(shards[index], a, w)
      model.backward(batch, shards[index], a, w, into: gradient, detachValue: detachValue)
    }
  }

  /// Forward of every shard, for a loss over the whole batch; `backward` must follow, with the same lanes. Each rank takes
  /// the shards of its lanes.
  ///
  /// The activations of the first shards are kept, as many as `keptLimit` allows. `backward` computes those of the
  /// other shards again, with the same bits. So memory does not grow with the batch.
  package func forwardKeeping(
    _ model: Transformer, _ batch: TokenBatch, lanes: GradientLanes,
    read: (_ shard: Shard, _ a: Activations, _ w: Workspace) -> Void
  ) {
    let shards = Shard.cut(batch)
    model.prepareTraining(pool: pool, shards: shards.count)
    let size =
      shards.map { Activations.floats(layers, tokens: $0.tokens.count, outputs: $0.outputCount(batch)) }.max() ?? 0
    let own = lanes.shards(of: shards.count, pool.communicator)
    keeps = min(own.count, max(pool.threads, keptLimit / max(size, 1)))
    while kept.count < keeps { kept.append(Activations(layers)) }
    pool.run(own.count) { index, worker in
      let shard = shards[own[index]]
      let a = index < keeps ? kept[index] : forwardOnly[worker]
      model.forward(batch, shard, into: a, workspaces[worker])
      read(shard, a, workspaces[worker])
    }
  }

  /// Backward of the batch that `forwardKeeping` saw last; once, because it overwrites what was kept.
  package func backward(
    _ model: Transformer, _ batch: TokenBatch, into lanes: GradientLanes, detachValue: Bool,
    loss: (_ shard: Shard, _ a: Activations, _ w: Workspace) -> Void
  ) {
    let shards = Shard.cut(batch)
    var places = [Int](repeating: 0, count: shards.count)
    for (place, shard) in lanes.shards(of: shards.count, pool.communicator).enumerated() { places[shard] = place }
    // Activations that were used serve a later shard: what is computed again needs no memory of its own.
    let used = Mutex<[Int]>([])
    lanes.accumulate(shards: shards.count, pool: pool) { index, gradient, worker in
      let w = workspaces[worker]
      let isKept = places[index] < keeps
      let own: Int? = isKept ? places[index] : used.withLock { $0.popLast() }
      let a = own.map { kept[$0] } ?? activations[worker]
      defer { if let own { used.withLock { $0.append(own) } } }
      if !isKept { model.forward(batch, shards[index], into: a, w) }
      // The shard's forward pass may have run on another thread, with that thread's workspace.
      w.reserve(shards[index].tokens.count, outputs: shards[index].outputCount(batch))
      loss(shards[index], a, w)
      model.backward(batch, shards[index], a, w, into: gradient, detachValue: detachValue)
    }
  }
}
