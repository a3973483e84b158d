import SwerveTensor

/// Takes batches through models of one shape on all threads, and keeps each thread's working space between batches.
package final class ShardRunner {
  package let pool: WorkerPool
  private let configuration: GPTConfiguration
  private let workspaces: [Workspace]
  private let activations: [Activations]
  private let forwardOnly: [Activations]
  private var kept: [Activations] = []

  package init(_ configuration: GPTConfiguration, pool: WorkerPool) {
    self.configuration = configuration
    self.pool = pool
    workspaces = (0..<pool.threads).map { _ in Workspace(configuration) }
    activations = (0..<pool.threads).map { _ in Activations(configuration) }
    forwardOnly = (0..<pool.threads).map { _ in Activations(configuration, forBackward: false) }
  }

  /// Forward only: `read` sees each shard's results once, on any thread, and keeps nothing of them.
  package func forward(
    _ model: Transformer, _ batch: TokenBatch, read: (_ shard: Shard, _ a: Activations, _ w: Workspace) -> Void
  ) {
    model.prepare(pool: pool)
    let shards = Shard.cut(batch)
    pool.run(shards.count) { index, worker in
      model.forward(batch, shards[index], into: forwardOnly[worker], workspaces[worker])
      read(shards[index], forwardOnly[worker], workspaces[worker])
    }
  }

  /// Forward and backward of each shard at once, for a loss whose gradient at a token needs nothing of other shards.
  /// - Parameter loss: writes the gradient to `w.dLogits` (N, V) and `w.dValues` (N).
  package func gradient(
    _ model: Transformer, _ batch: TokenBatch, into lanes: GradientLanes, detachValue: Bool = false,
    loss: (_ shard: Shard, _ a: Activations, _ w: Workspace) -> Void
  ) {
    model.prepare(pool: pool, backward: true)
    let shards = Shard.cut(batch)
    lanes.accumulate(shards: shards.count, pool: pool) { index, gradient, worker in
      let a = activations[worker]
      let w = workspaces[worker]
      model.forward(batch, shards[index], into: a, w)
      loss(shards[index], a, w)
      model.backward(batch, shards[index], a, w, into: gradient, detachValue: detachValue)
    }
  }

  /// Forward of every shard with its activations kept, for a loss over the whole batch; `backward` must follow.
  package func forwardKeeping(
    _ model: Transformer, _ batch: TokenBatch, read: (_ shard: Shard, _ a: Activations, _ w: Workspace) -> Void
  ) {
    model.prepare(pool: pool, backward: true)
    let shards = Shard.cut(batch)
    while kept.count < shards.count { kept.append(Activations(configuration)) }
    pool.run(shards.count) { index, worker in
      model.forward(batch, shards[index], into: kept[index], workspaces[worker])
      read(shards[index], kept[index], workspaces[worker])
    }
  }

  /// Backward of the batch that `forwardKeeping` saw last.
  package func backward(
    _ model: Transformer, _ batch: TokenBatch, into lanes: GradientLanes, detachValue: Bool,
    loss: (_ shard: Shard, _ a: Activations, _ w: Workspace) -> Void
  ) {
    let shards = Shard.cut(batch)
    lanes.accumulate(shards: shards.count, pool: pool) { index, gradient, worker in
      // The shard's forward pass may have run on another thread, with that thread's workspace.
      workspaces[worker].reserve(shards[index].tokens.count)
      loss(shards[index], kept[index], workspaces[worker])
      model.backward(batch, shards[index], kept[index], workspaces[worker], into: gradient, detachValue: detachValue)
    }
  }
}
