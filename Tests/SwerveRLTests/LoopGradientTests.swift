import SwerveModel
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// The way from the tape through a minibatch into the weights, against differences of the whole loss in Double.
@Suite struct LoopGradientTests {
  static let temperature: Float = 1.5
  /// The step of the differences and the room of a gradient: see TransformerGradientTests, with 60 tokens and the
  /// softmax.
  static let step = 1e-5, room = 5e-6

  /// Three short episodes with made-up answers.
  private func batch(_ fixture: LoopFixture, _ pool: WorkerPool) throws -> RolloutBatch {
    var random = TestRandom(71)
    var cursor = random.cursor
    let problems = try (0..<3).map { _ in try fixture.task.problem(in: .training, using: &cursor) }
    let tokenizer = fixture.task.tokenizer
    let generated = [7, 1, 12].map { random.tokens($0, vocabulary: tokenizer.vocabularySize) }
    let episodes = Episodes(
      tokenizer: tokenizer, problems: problems,
      prompts: try problems.map { try tokenizer.encode(String($0.prompt.prefix(9))) }, generated: generated,
      answers: generated.map { tokenizer.decode($0) }, rewards: [1, -1, -1], successes: [true, false, false])
    var plan = fixture.plan()
    plan.temperature = .constant(Self.temperature)
    return try RolloutBatch(
      episodes, plan: plan, coefficients: Coefficients(plan, step: 1, metrics: []), policy: fixture.policy,
      reference: fixture.reference,
      scorer: Scorer(runner: ShardRunner(fixture.policy.configuration, pool: pool)),
      referenceScorer: Scorer(runner: ShardRunner(fixture.reference.configuration, pool: pool)))
  }

  /// sum of a logp + b entropy + c value + d kl_full + e logits, each with factors of its own.
  private struct Factors {
    let columns: [String: [Float]]
    let logits: [Float]

    init(tokens: Int, vocabulary: Int) {
      var random = TestRandom(72)
      var columns: [String: [Float]] = [:]
      for name in ["logp", "entropy", "value", "kl_full"] { columns[name] = random.normals(tokens) }
      self.columns = columns
      logits = random.normals(tokens * vocabulary, standardDeviation: 0.1)
    }
  }

  private func tapeLoss(_ columns: TokenColumns, _ factors: Factors) throws -> Tensor {
    let logits = try columns.required("logits")
    var loss = try logits.mul(.constant(factors.logits, shape: logits.shape)).sum()
    for name in ["logp", "entropy", "value", "kl_full"] {
      let column = try columns.required(name)
      loss = try loss.add(column.mul(.constant(factors.columns[name] ?? [], shape: column.shape)).sum())
    }
    return loss
  }

  private func doubleLoss(_ twin: DoubleGPT, _ reference: DoubleGPT, _ episodes: Episodes, _ factors: Factors) -> Double
  {
    var sum = 0.0
    var index = 0
    for row in 0..<episodes.count {
      let text = Array((episodes.prompts[row] + episodes.generated[row]).dropLast())
      let output = twin.forward(text)
      let referenceOutput = reference.forward(text)
      for (t, token) in episodes.generated[row].enumerated() {
        let place = episodes.prompts[row].count - 1 + t
        let logits = output.logits[place]
        let logp = doubleLogSoftmax(logits, temperature: Double(Self.temperature))
        let refLogp = doubleLogSoftmax(referenceOutput.logits[place], temperature: Double(Self.temperature))
        let p = doubleSoftmax(logits.map { $0 / Double(Self.temperature) })
        func factor(_ name: String) -> Double { Double(factors.columns[name]?[index] ?? 0) }
        sum += factor("logp") * logp[Int(token)] + factor("value") * output.values[place]
        for v in p.indices {
          sum += factor("kl_full") * p[v] * (logp[v] - refLogp[v]) - factor("entropy") * p[v] * logp[v]
          sum += Double(factors.logits[index * p.count + v]) * logits[v]
        }
        index += 1
      }
    }
    return sum
  }

  @Test func passesGradientsOfEveryDifferentiableColumnToTheWeights() throws {
    // Those of `Factors` and `tapeLoss`.
    #expect(
      Column.all.filter(\.isDifferentiable).map(\.name) == ["logp", "entropy", "value", "kl_full", "logits"])
    let fixture = try LoopFixture(seed: 70)
    fixture.reference.update { weights in for i in 0..<700 { weights[i] *= 0.9 } }
    try withPool(threads: 2) { pool in
      let batch = try batch(fixture, pool)
      let episodes = batch.episodes
      let policy = fixture.policy
      let factors = Factors(tokens: batch.layout.count, vocabulary: policy.configuration.vocabulary)
      let minibatch = Minibatch(batch, rows: [0, 1, 2], weights: TokenWeights(kl: batch.advantages.map { _ in 1 }))
      let runner = ShardRunner(policy.configuration, pool: pool)
      let lanes = GradientLanes(count: policy.layout.count)
      let forward = MinibatchForward(
        minibatch, policy: policy, runner: runner, lanes: lanes, temperature: Self.temperature,
        keepsLogits: true, space: MinibatchSpace())
      let columns = forward.columns(clip: ClipRange())
      let loss = try tapeLoss(columns, factors)
      try loss.backward()
      forward.backward(columns, detachCritic: false, criticOnly: false)
      let twin = DoubleGPT(policy)
      let reference = DoubleGPT(fixture.reference)
      #expect(abs(Double(loss.values[0]) - doubleLoss(twin, reference, episodes, factors)) < 1e-4)
      var random = TestRandom(73)
      for entry in policy.layout.entries {
        let gradient = tensor(entry.name, of: lanes.total, policy)
        let direction = random.normals(entry.count).map { Double($0) / Double(entry.count).squareRoot() }
        let expected = slope(twin.parameters[entry.name] ?? [], along: direction, step: Self.step) { values in
          var moved = twin
          moved.parameters[entry.name] = values
          return doubleLoss(moved, reference, episodes, factors)
        }
        let found = zip(direction, gradient).reduce(0) { $0 + $1.0 * Double($1.1) }
        let largest = gradient.reduce(0) { max($0, abs(Double($1))) }
        #expect(
          abs(found - expected) < Self.room * largest,
          "\(entry.name): \(found), expected \(expected), largest \(largest)")
      }
    }
  }
}
