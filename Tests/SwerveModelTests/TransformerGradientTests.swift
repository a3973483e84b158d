import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// The hand-written backward pass against central differences of the forward pass in Double.
@Suite struct TransformerGradientTests {
  /// The differences are off by about step² f''' / 6 + 1e-16 |f| / step: 1e-9 and below for losses of size 100.
  static let step = 1e-5

  /// Of a tensor's gradient, relative to the tensor's largest element; the gradient of a weight is a sum over 14 tokens
  /// of products with a few roundings each (6e-8), which mostly cancel: 3e-6 is 50 of them.
  static let room = 3e-6

  /// loss = sum of dLogits * logits + dValues * values, with random factors, so that no term stands for another.
  private struct Loss {
    let model: Transformer
    let batch: TokenBatch
    let dLogits: [Float]
    let dValues: [Float]

    init(_ model: Transformer, _ batch: TokenBatch, seed: UInt64) {
      var random = TestRandom(seed, "tests/loss")
      (self.model, self.batch) = (model, batch)
      dLogits = random.normals(batch.tokens.count * model.configuration.vocabulary)
      dValues = random.normals(batch.tokens.count)
    }

    /// The gradient of each tensor by name.
    func gradient(detachValue: Bool) -> [String: [Float]] {
      let lanes = GradientLanes(count: model.layout.count)
      let v = model.configuration.vocabulary
      withPool(threads: 1) { pool in
        ShardRunner(model.configuration, pool: pool).gradient(model, batch, into: lanes, detachValue: detachValue) {
          shard, _, w in
          for t in shard.tokens {
            let local = t - shard.tokens.lowerBound
            for i in 0..<v { w.dLogits.pointer[local * v + i] = dLogits[t * v + i] }
            if model.configuration.valueHeadWidth > 0 { w.dValues.pointer[local] = dValues[t] }
          }
        }
      }
      return Dictionary(
        uniqueKeysWithValues: model.layout.entries.map { ($0.name, tensor($0.name, of: lanes.total, model)) })
    }

    func value(_ twin: DoubleGPT, withValues: Bool) -> Double {
      var sum = 0.0
      for row in 0..<batch.rows {
        let output = twin.forward(text(row, of: batch), first: batch.positions[row])
        for (t, logits) in output.logits.enumerated() {
          let token = batch.starts[row] + t
          for (i, logit) in logits.enumerated() { sum += logit * Double(dLogits[token * logits.count + i]) }
          if withValues { sum += output.values[t] * Double(dValues[token]) }
        }
      }
      return sum
    }
  }

  /// Two elements of every tensor, and one random direction through all of its elements at once.
  @Test(arguments: ModelCase.all, [false, true])
  func matchesTheSlopeOfTheTwinInEveryTensor(item: ModelCase, detachValue: Bool) throws {
    if detachValue && item.valueHeadWidth == 0 { return }
    let seed: UInt64 = 21
    let model = try item.model(seed: seed)
    let loss = Loss(model, item.batch([4, 1, 9], seed: seed), seed: seed)
    let found = loss.gradient(detachValue: detachValue)
    var random = TestRandom(seed, "tests/places")
    for entry in model.layout.entries {
      let gradient = found[entry.name] ?? []
      let largest = gradient.reduce(0) { max($0, abs(Double($1))) }
      // The detached critic's loss reaches its own tensors only.
      let withValues = item.valueHeadWidth > 0 && (!detachValue || entry.name.hasPrefix("value."))
      let slope = { direction in
        self.slope(loss, DoubleGPT(model), entry.name, along: direction, withValues: withValues)
      }
      #expect(largest > 0, "\(entry.name)")
      for index in random.indices(of: entry.count, most: 2) {
        var direction = [Double](repeating: 0, count: entry.count)
        direction[index] = 1
        let difference = abs(slope(direction) - Double(gradient[index]))
        #expect(
          difference < Self.room * largest, "\(entry.name)[\(index)], off by \(difference / largest) of the largest")
      }
      let direction = unit(random.normals(entry.count))
      let expected = zip(direction, gradient).reduce(0) { $0 + $1.0 * Double($1.1) }
      let difference = abs(slope(direction) - expected)
      #expect(difference < Self.room * largest, "\(entry.name) along a direction, off by \(difference / largest)")
    }
  }

  /// A direction of length 1: a step along it moves no unit of the critic's ReLUs far enough to cross its kink.
  private func unit(_ direction: [Float]) -> [Double] {
    let norm = direction.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return direction.map { Double($0) / norm }
  }

  private func slope(
    _ loss: Loss, _ twin: DoubleGPT, _ name: String, along direction: [Double], withValues: Bool
  ) -> Double {
    SwerveTestSupport.slope(twin.parameters[name] ?? [], along: direction, step: Self.step) { values in
      var moved = twin
      moved.parameters[name] = values
      return loss.value(moved, withValues: withValues)
    }
  }

  @Test func givesTheTrunkTheSameBitsWithADetachedCritic() throws {
    let item = ModelCase.all[2]
    let seed: UInt64 = 22
    let model = try item.model(seed: seed)
    let detached = Loss(model, item.batch([4, 1, 9], seed: seed), seed: seed).gradient(detachValue: true)
    var configuration = model.configuration
    configuration.valueHeadWidth = 0
    let trunk = Transformer(configuration)
    #expect(trunk.load(from: model).isEmpty)
    let alone = Loss(trunk, item.batch([4, 1, 9], seed: seed), seed: seed).gradient(detachValue: false)
    for entry in trunk.layout.entries {
      #expect(bitMismatch(detached[entry.name] ?? [], alone[entry.name] ?? []) == nil, "\(entry.name)")
    }
  }

  /// The cross-entropy's loss and gradient against the twin.
  @Test(arguments: [ModelCase.all[0], ModelCase.all[1]])
  func matchesTheSlopeOfTheMeanCrossEntropy(item: ModelCase) throws {
    let model = try item.model(seed: 23)
    var random = TestRandom(23)
    let texts = [6, 2, 12].map { random.tokens($0, vocabulary: ModelCase.vocabulary) }
    let positions = [0, 3, 7]
    let lanes = GradientLanes(count: model.layout.count)
    let loss = withPool(threads: 1) { pool in
      CrossEntropy(texts: texts, positions: positions)
        .gradient(model, runner: ShardRunner(model.configuration, pool: pool), into: lanes)
    }
    func mean(_ twin: DoubleGPT) -> Double {
      var sum = 0.0
      for (text, first) in zip(texts, positions) {
        for (t, logits) in twin.forward(text.dropLast(), first: first).logits.enumerated() {
          sum -= doubleLogSoftmax(logits)[Int(text[t + 1])]
        }
      }
      return sum / 17
    }
    let twin = DoubleGPT(model)
    #expect(abs(Double(loss) - mean(twin)) < 1e-6)
    for entry in model.layout.entries {
      let gradient = tensor(entry.name, of: lanes.total, model)
      let direction = unit(random.normals(entry.count))
      let expected = zip(direction, gradient).reduce(0) { $0 + $1.0 * Double($1.1) }
      let slope = SwerveTestSupport.slope(twin.parameters[entry.name] ?? [], along: direction, step: Self.step) {
        values in
        var moved = twin
        moved.parameters[entry.name] = values
        return mean(moved)
      }
      let largest = gradient.reduce(0) { max($0, abs(Double($1))) }
      #expect(abs(slope - expected) < Self.room * largest, "\(entry.name)")
    }
  }
}
