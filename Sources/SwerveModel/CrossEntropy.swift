import SwerveTensor

/// Next-token prediction: every token of a text but the first is a target.
package struct CrossEntropy {
  /// The texts without their last tokens.
  package let inputs: TokenBatch
  /// The token that follows each input token.
  package let targets: [Int32]

  /// - Parameters:
  ///   - texts: two tokens each at least.
  ///   - positions: the position of each text's first token.
  package init(texts: [[Int32]], positions: [Int]? = nil) {
    inputs = TokenBatch(texts.map { Array($0.dropLast()) }, positions: positions)
    targets = texts.flatMap { $0.dropFirst() }
  }

  /// Accumulates the gradient of the mean loss into `lanes` and returns the mean, in nats a token.
  ///
  /// Order of operations: a token's loss is -logp in Float (TokenStatistics.swift); the mean is a chain of Double
  /// additions in the order of tokens, divided once.
  /// - Parameter watch: sees each shard's activations, on any thread.
  package func gradient(
    _ model: Transformer, runner: ShardRunner, into lanes: GradientLanes,
    watch: (_ shard: Shard, _ a: Activations) -> Void = { _, _ in }
  ) -> Float {
    precondition(model.configuration.family.predictsTokens, "an encoder predicts no next tokens")
    let losses = runner.losses.reserve(targets.count).pointer
    let v = model.configuration.vocabulary
    let share = 1 / Float(targets.count)
    let communicator = runner.pool.communicator
    if !communicator.isAlone { losses.update(repeating: 0, count: targets.count) }
    runner.gradient(model, inputs, into: lanes) { shard, a, w in
      watch(shard, a)
      w.dLogits.zero(first: shard.tokens.count * v)
      if model.configuration.valueHeadWidth > 0 { w.dValues.zero(first: shard.tokens.count) }
      for (row, token) in shard.tokens.enumerated() {
        let logp = w.row.pointer
        logSoftmax(logp, a.logits.pointer + row * v, count: v, inverseTemperature: 1)
        let index = Int(targets[token])
        losses[token] = 0 - logp[index]
        tokenStatisticsBackward(
          dLogits: w.dLogits.pointer + row * v, TokenGradient(token: index, logp: -share), logp: logp, refLogp: nil,
          entropy: 0, kl: 0, count: v, inverseTemperature: 1)
      }
    }
    let all = UnsafeMutableBufferPointer(start: losses, count: targets.count)
    communicator.union(all)
    return Float(all.reduce(0.0) { $0 + Double($1) } / Double(targets.count))
  }
}
