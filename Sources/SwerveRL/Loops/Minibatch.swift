import SwerveModel
import SwerveTensor
import SwerveText

/// Some episodes of a batch, with the columns that do not change during the update.
struct Minibatch {
  let batch: CollectedBatch
  let rows: [Int]
  /// In its update, from 1.
  let number: Int
  let layout: TokenLayout
  /// Packed index in the whole batch of each token.
  private let indices: [Int]
  private let weights: TokenWeights

  init(_ batch: CollectedBatch, rows: [Int], weights: TokenWeights, number: Int = 1) {
    self.batch = batch
    self.number = number
    self.rows = rows
    self.weights = weights
    layout = TokenLayout(rowLengths: rows.map { batch.layout.length(ofRow: $0) })
    indices = rows.flatMap { batch.layout.range(ofRow: $0) }
  }

  var tokens: [Int32] { rows.flatMap { batch.episodes.generated[$0] } }

  func values(_ name: String) -> [Float]? {
    switch name {
    case "kl_weight": pick(weights.kl)
    case "policy_weight": pick(weights.policy)
    case "entropy_weight": pick(weights.entropy)
    case "clip_low": pick(weights.clipLow)
    case "clip_high": pick(weights.clipHigh)
    default: batch.values(name).map { pick($0) }
    }
  }

  /// A column that the update does not change, with what stands for weights that the rule did not give.
  /// - Parameter clip: the coefficients for both sides.
  func constant(_ name: String, clip: (low: Float?, high: Float?)) -> [Float]? {
    if let values = values(name) { return values }
    switch name {
    case "policy_weight", "entropy_weight": return [Float](repeating: 1, count: layout.count)
    case "clip_low": return clip.low.map { [Float](repeating: $0, count: layout.count) }
    case "clip_high": return clip.high.map { [Float](repeating: $0, count: layout.count) }
    default: return nil
    }
  }

  private func pick(_ column: [Float]) -> [Float] { indices.map { column[$0] } }
  private func pick(_ column: [Float]?) -> [Float]? { column.map { pick($0) } }

  /// (tokens, V) log-probabilities of the reference, empty where they are not kept.
  var referenceRows: [Float] {
    let all = batch.reference.rows
    if all.isEmpty { return [] }
    let v = all.count / max(batch.layout.count, 1)
    return indices.flatMap { all[$0 * v..<($0 + 1) * v] }
  }
}

/// What forward passes over minibatches write, kept from one to the next. A minibatch is done with before the next one starts.
final class MinibatchSpace {
  let rows = GrowingBuffer()  // (tokens, V) log-probabilities
  let logits = GrowingBuffer()  // (tokens, V)
  let statistics = GrowingBuffer()  // logp, entropy, value, kl_full: (4, tokens)
}

/// The policy's forward pass over a minibatch: one node of the tape, with the columns that the loss differentiates as its
/// outputs.
final class MinibatchForward {
  private let minibatch: Minibatch
  private let policy: Transformer
  private let runner: ShardRunner
  private let input: TokenBatch
  private let places: GeneratedPlaces
  private let inverseTemperature: Float
  private let referenceRows: [Float]
  // Of the shapes that `MinibatchSpace` names, and at least as large.
  private let rows: FloatBuffer
  private let logits: FloatBuffer
  private let statistics: FloatBuffer
  /// Set by `backward`: the space belongs to the next minibatch from then on.
  private var isOver = false
  private static let outputs = ["logp", "entropy", "value", "kl_full"]

  init(
    _ minibatch: Minibatch, policy: Transformer, runner: ShardRunner, temperature: Float, referenceRows: [Float],
    space: MinibatchSpace, trace: (any TensorTrace)? = nil
  ) {
    self.minibatch = minibatch
    self.policy = policy
    self.runner = runner
    self.referenceRows = referenceRows
    inverseTemperature = 1 / temperature
    input = minibatch.batch.episodes.inputs(rows: minibatch.rows)
    places = GeneratedPlaces(minibatch.batch.episodes, rows: minibatch.rows)
    let n = minibatch.layout.count
    let v = policy.configuration.vocabulary
    rows = space.rows.reserve(n * v)
    logits = space.logits.reserve(n * v)
    statistics = space.statistics.reserve(4 * n)
    forward(trace)
  }

  private func forward(_ trace: (any TensorTrace)?) {
    let n = minibatch.layout.count
    let v = policy.configuration.vocabulary
    let rows = rows.pointer
    let logits = logits.pointer
    let out = statistics.pointer
    let inverse = inverseTemperature
    referenceRows.withUnsafeBufferPointer { reference in
      runner.forwardKeeping(policy, input) { shard, a, _ in
        traceForward(trace, minibatch.name, shard, a)
        places.each(in: shard, input) { index, local, token in
          let row = rows + index * v
          (logits + index * v).update(from: a.logits.pointer + local * v, count: v)
          let found = tokenStatistics(
            row, logits + index * v, refLogp: reference.isEmpty ? nil : reference.baseAddress! + index * v, count: v,
            inverseTemperature: inverse)
          out[index] = row[token]
          out[n + index] = found.entropy
          out[2 * n + index] = a.values.pointer[local]
          out[3 * n + index] = found.kl
        }
      }
    }
  }

  /// For losses: the outputs as variables, the rest as constants.
  func columns(clip: (low: Float?, high: Float?)) -> TokenColumns {
    let layout = minibatch.layout
    let n = layout.count
    let v = policy.configuration.vocabulary
    return TokenColumns(
      layout: layout, tokens: minibatch.tokens, tokenizer: minibatch.batch.tokenizer,
      names: (ColumnName.collected + ColumnName.weighted).map(\.name)
    ) { name in
      if self.isOver {
        throw TrainingError(
          message:
            "column \(name) is of an earlier minibatch: read columns while the loss that they were given to runs")
      }
      if let place = Self.outputs.firstIndex(ofExactly: name) {
        if name == "kl_full" && self.referenceRows.isEmpty { return nil }
        return try Tensor.variable(
          Array(self.statistics.values[place * n..<(place + 1) * n]), shape: .tokens(layout))
      }
      if name == "logits" {
        return try Tensor.variable(Array(self.logits.values[..<(n * v)]), shape: .tokensBy(layout, v))
      }
      return try self.minibatch.constant(name, clip: clip).map {
        try Tensor.constant($0, shape: .tokens(layout))
      }
    }
  }

  /// Takes the gradients that the tape left at the columns back through the policy into `lanes`. Columns that nobody asked
  /// for until now are gone afterwards.
  /// - Parameter criticOnly: leaves out everything but the value's gradient.
  func backward(_ columns: TokenColumns, into lanes: GradientLanes, detachCritic: Bool, criticOnly: Bool) {
    defer { isOver = true }
    let n = minibatch.layout.count
    let v = policy.configuration.vocabulary
    func gradient(_ name: String) -> [Float]? { columns.used(name)?.gradient }
    let dValue = gradient("value")
    let dLogp = criticOnly ? nil : gradient("logp")
    let dEntropy = criticOnly ? nil : gradient("entropy")
    let dKL = criticOnly ? nil : gradient("kl_full")
    let dLogits = criticOnly ? nil : gradient("logits")
    let rows = rows.pointer
    let out = statistics.pointer
    referenceRows.withUnsafeBufferPointer { reference in
      runner.backward(policy, input, into: lanes, detachValue: detachCritic) { shard, _, w in
        w.dLogits.zero(first: shard.tokens.count * v)
        w.dValues.zero(first: shard.tokens.count)
        places.each(in: shard, input) { index, local, token in
          w.dValues.pointer[local] = dValue?[index] ?? 0
          let target = w.dLogits.pointer + local * v
          if let dLogits { for entry in 0..<v { target[entry] = dLogits[index * v + entry] } }
          let gradient = TokenGradient(
            token: token, logp: dLogp?[index] ?? 0, entropy: dEntropy?[index] ?? 0, kl: dKL?[index] ?? 0)
          tokenStatisticsBackward(
            dLogits: target, gradient, logp: rows + index * v,
            refLogp: reference.isEmpty ? nil : reference.baseAddress! + index * v,
            entropy: out[n + index], kl: out[3 * n + index], count: v, inverseTemperature: inverseTemperature)
        }
      }
    }
  }
}
