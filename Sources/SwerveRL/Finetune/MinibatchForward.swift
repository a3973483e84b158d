import SwerveModel
import SwerveTensor
import SwerveText

/// What a minibatch's forward pass computes for losses to differentiate.
enum MinibatchOutput: Int {
  // One number for each token, in the order of `MinibatchSpace.statistics`.
  case logp, entropy, value, klFull
  /// (tokens, V)
  case logits
}

/// The buffers that forward passes over minibatches write to; every minibatch reuses them. A minibatch is finished
/// before the next one starts.
final class MinibatchSpace {
  let logits = GrowingBuffer()  // (tokens, V), where the loss may read them
  let statistics = GrowingBuffer()  // logp, entropy, value, kl_full: (4, tokens)
  let normalizers = GrowingBuffer()  // top, total, log total: (tokens, 3)
}

/// The policy's forward pass over a minibatch: one node of the tape, with the columns that the loss differentiates as its
/// outputs.
final class MinibatchForward {
  private let minibatch: Minibatch
  private let policy: Transformer
  private let runner: ShardRunner
  private let lanes: GradientLanes
  private let texts: EpisodeBatch
  private let inverseTemperature: Float
  private let keepsLogits: Bool
  // These have the shapes that `MinibatchSpace` names, or are larger.
  private let logits: FloatBuffer
  private let statistics: FloatBuffer
  private let normalizers: FloatBuffer
  /// Set by `backward`. After that, the space belongs to the next minibatch.
  private var isOver = false

  init(
    _ minibatch: Minibatch, policy: Transformer, runner: ShardRunner, lanes: GradientLanes, temperature: Float,
    keepsLogits: Bool, space: MinibatchSpace, trace: (any TensorTrace)? = nil
  ) {
    self.minibatch = minibatch
    self.policy = policy
    self.runner = runner
    self.lanes = lanes
    self.keepsLogits = keepsLogits
    inverseTemperature = 1 / temperature
    texts = EpisodeBatch(minibatch.batch.episodes, rows: minibatch.rows)
    let n = minibatch.layout.count
    let v = policy.configuration.vocabulary
    logits = space.logits.reserve(keepsLogits ? n * v : 0)
    statistics = space.statistics.reserve(4 * n)
    normalizers = space.normalizers.reserve(3 * n)
    forward(trace)
  }

  private func forward(_ trace: (any TensorTrace)?) {
    let n = minibatch.layout.count
    let v = policy.configuration.vocabulary
    let logits = logits.pointer
    let normalizers = normalizers.pointer
    let out = statistics.pointer
    let inverse = inverseTemperature
    let communicator = runner.pool.communicator
    if !communicator.isAlone {
      statistics.zero(first: 4 * n)
      if keepsLogits { self.logits.zero(first: n * v) }
    }
    let hasCritic = policy.configuration.valueHeadWidth > 0
    minibatch.withReferenceRows { reference in
      runner.forwardKeeping(policy, texts.batch, lanes: lanes) { shard, a, _ in
        traceForward(trace, minibatch.name, shard, of: texts.batch, a)
        texts.each(in: shard) { index, local, output, token in
          let own = a.logits.pointer.reading + output * v
          if keepsLogits { (logits + index * v).update(from: own, count: v) }
          let row = SoftmaxRow(own, count: v, inverseTemperature: inverse)
          (normalizers[3 * index], normalizers[3 * index + 1], normalizers[3 * index + 2]) =
            (row.top, row.total, row.logTotal)
          let found = tokenStatistics(of: row, own, refLogp: reference(index), count: v)
          out[index] = row.logp(own[token])
          out[n + index] = found.entropy
          out[2 * n + index] = hasCritic ? a.values.pointer[local] : 0
          out[3 * n + index] = found.kl
        }
      }
    }
    // The rows stay where the backward pass of the same shards will be.
    communicator.union(UnsafeMutableBufferPointer(start: out, count: 4 * n))
    if keepsLogits { communicator.union(UnsafeMutableBufferPointer(start: logits, count: n * v)) }
  }

  /// For losses: the outputs as variables, the rest as constants. A script's collector may keep the columns for long, so
  /// they do not hold the activations.
  func columns(clip: ClipRange) -> TokenColumns {
    let layout = minibatch.layout
    return TokenColumns(
      layout: layout, tokens: minibatch.tokens, tokenizer: minibatch.batch.tokenizer, names: Column.names(for: .loss)
    ) { [weak self] name in
      guard let self, !self.isOver else {
        throw TrainingError(
          message:
            "column \(name) is of an earlier minibatch: read columns while the loss that they were given to runs")
      }
      guard let column = Column.named(name) else { return nil }
      if let output = column.output { return try self.variable(output) }
      return try self.minibatch.constant(column, clip: clip).map {
        try Tensor.constant($0, shape: .tokens(layout))
      }
    }
  }

  /// nil for the exact KL if the reference's table was not kept.
  private func variable(_ output: MinibatchOutput) throws -> Tensor? {
    let layout = minibatch.layout
    let n = layout.count
    let v = policy.configuration.vocabulary
    if output == .logits {
      return keepsLogits ? try Tensor.variable(Array(logits.values[..<(n * v)]), shape: .tokensBy(layout, v)) : nil
    }
    if output == .klFull && !minibatch.hasReferenceRows { return nil }
    let first = output.rawValue * n
    return try Tensor.variable(Array(statistics.values[first..<first + n]), shape: .tokens(layout))
  }

  /// Propagates the gradients that the tape left at the columns back through the policy into the lanes. Afterwards,
  /// columns that were not read before are no longer available.
  /// - Parameter criticOnly: leaves out everything but the value's gradient.
  func backward(_ columns: TokenColumns, detachCritic: Bool, criticOnly: Bool) {
    defer { isOver = true }
    let n = minibatch.layout.count
    let v = policy.configuration.vocabulary
    func gradient(_ name: String) -> [Float]? { columns.used(name)?.gradient }
    let dValue = gradient("value")
    let dLogp = criticOnly ? nil : gradient("logp")
    let dEntropy = criticOnly ? nil : gradient("entropy")
    let dKL = criticOnly ? nil : gradient("kl_full")
    let dLogits = criticOnly ? nil : gradient("logits")
    let out = statistics.pointer
    let normalizers = normalizers.pointer
    let hasCritic = policy.configuration.valueHeadWidth > 0
    minibatch.withReferenceRows { reference in
      runner.backward(policy, texts.batch, into: lanes, detachValue: detachCritic) { shard, a, w in
        w.dLogits.zero(first: shard.outputCount(texts.batch) * v)
        if hasCritic { w.dValues.zero(first: shard.tokens.count) }
        texts.each(in: shard) { index, local, output, token in
          // The first tokens of several answers are predicted at one token of their prompt.
          if hasCritic { w.dValues.pointer[local] += dValue?[index] ?? 0 }
          let target = w.dLogits.pointer + output * v
          if let dLogits { for entry in 0..<v { target[entry] += dLogits[index * v + entry] } }
          let gradient = TokenGradient(
            token: token, logp: dLogp?[index] ?? 0, entropy: dEntropy?[index] ?? 0, kl: dKL?[index] ?? 0)
          let row = SoftmaxRow(
            inverseTemperature: inverseTemperature, top: normalizers[3 * index], total: normalizers[3 * index + 1],
            logTotal: normalizers[3 * index + 2])
          tokenStatisticsBackward(
            dLogits: target, gradient, of: row, a.logits.pointer + output * v, refLogp: reference(index),
            entropy: out[n + index], kl: out[3 * n + index], count: v)
        }
      }
    }
  }
}
