import Foundation
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// Decoders as transformers saves them against PyTorch in float64. Tolerances are those of the fixtures' README: what
/// float32 can reach, as the largest difference over the largest value of a tensor.
@Suite struct DecoderFixtureTests {
  static let models = ["gpt2", "llama-gqa", "llama-headdim", "llama-rope3", "llama-sharded", "qwen2", "qwen3"]

  @Test(arguments: models)
  func matchesLogitsAndHiddenStates(name: String) throws {
    let real = try RealModel(name)
    for (b, batch) in real.facts.batches.enumerated() {
      let tokens = TokenBatch(batch.rows)
      let found = forward(real.model, tokens)
      let (c, v) = (real.model.configuration.width, real.model.configuration.vocabulary)
      for (r, row) in batch.rows.enumerated() {
        let range = tokens.starts[r]..<tokens.starts[r + 1]
        let key = "batch\(b).row\(r)."
        #expect(try real.expected.integers(key + "tokens").map(Int32.init) == row)
        let hidden = Array(found.hidden[range.lowerBound * c..<range.upperBound * c])
        let logits = Array(found.logits[range.lowerBound * v..<range.upperBound * v])
        #expect(relativeError(hidden, try real.expected.floats(key + "hidden")) < 1e-5, "\(key)hidden")
        #expect(relativeError(logits, try real.expected.floats(key + "logits")) < 1e-5, "\(key)logits")
      }
    }
  }

  /// The residual stream before each block, and after the last.
  @Test(arguments: models)
  func matchesTheStreamBetweenTheBlocks(name: String) throws {
    let real = try RealModel(name)
    let batch = TokenBatch([real.facts.batches[0].rows[0]])
    let activations = Activations(real.model.configuration)
    withPool(threads: 1) { real.model.prepare(pool: $0) }
    real.model.forward(batch, Shard.cut(batch)[0], into: activations, Workspace(real.model.configuration))
    var stages: [[Float]] = []
    activations.forEachPart(tokens: batch.tokens.count, outputs: batch.tokens.count, texts: 1) {
      name, _, values in
      if name.hasSuffix(".input") && !name.hasSuffix("mlp.input") || name == "last" { stages.append(Array(values)) }
    }
    #expect(stages.count == real.model.configuration.layers + 1)
    for (i, stage) in stages.enumerated() {
      #expect(relativeError(stage, try real.expected.floats("batch0.row0.stage\(i)")) < 5e-6, "stage \(i)")
    }
  }

  @Test(arguments: models)
  func matchesLossesAndGradients(name: String) throws {
    let real = try RealModel(name)
    let model = real.model
    for (b, batch) in real.facts.batches.enumerated() {
      let lanes = GradientLanes(count: model.layout.count)
      // The first step's norm, before anything is changed.
      let (loss, norm) = withPool(threads: 2) { pool in
        let loss = Self.gradient(model, batch, into: lanes, pool)
        let optimizer = AdamW(model.copy(), options: AdamW.Options())
        return (loss, optimizer.update(gradient: lanes.total, learningRate: 0, pool: pool))
      }
      #expect(abs(Double(loss) - batch.loss) < 2e-6 * batch.loss, "batch \(b): \(loss)")
      #expect(abs(Double(norm) - batch.gradientNorm) < 2e-6 * batch.gradientNorm, "batch \(b): \(norm)")
      for entry in model.layout.entries where b == 0 {
        let error = relativeError(tensor(entry.name, of: lanes.total, model), try real.tensor("grad", entry))
        #expect(error < 5e-5, "\(entry.name): \(error)")
      }
    }
  }

  private static func gradient(
    _ model: Transformer, _ batch: RealModel.Facts.Batch, into lanes: GradientLanes, _ pool: WorkerPool
  ) -> Float {
    CrossEntropy(texts: batch.rows.filter { $0.count > 1 })
      .gradient(model, runner: ShardRunner(model.configuration, pool: pool), into: lanes)
  }

  @Test(arguments: models)
  func matchesStepsOfAdamW(name: String) throws {
    let real = try RealModel(name)
    let model = real.model
    guard let adam = real.facts.adamw else { return }
    var options = AdamW.Options()
    (options.beta1, options.beta2) = (adam.betas[0], adam.betas[1])
    (options.epsilon, options.decay, options.clip) = (adam.eps, adam.weightDecay, adam.clipNorm)
    let lanes = GradientLanes(count: model.layout.count)
    let losses = withPool(threads: 2) { pool in
      let optimizer = AdamW(model, options: options)
      return (0...adam.steps).map { step in
        let loss = Self.gradient(model, real.facts.batches[0], into: lanes, pool)
        if step < adam.steps { _ = optimizer.update(gradient: lanes.total, learningRate: adam.lr, pool: pool) }
        return loss
      }
    }
    #expect(mismatch(losses, adam.losses, relative: 5e-6) == nil)
    var apart: [Float] = []
    for entry in model.layout.entries {
      apart += zip(tensor(entry.name, of: model.parameters, model), try real.tensor("adamw", entry)).map {
        abs($0 - $1)
      }
    }
    #expect(apart.filter { $0 < 1e-5 }.count >= apart.count * 99 / 100)
    #expect(apart.allSatisfy { $0 < 2 * adam.lr })
  }

  /// Each gap between the best and the second token is above 0.02.
  @Test(arguments: models, [1, 3])
  func matchesGreedyContinuations(name: String, threads: Int) throws {
    let real = try RealModel(name)
    let cases = real.facts.greedy
    let found = try withPool(threads: threads) { pool in
      try Sampler(real.model, pool: pool).generate(
        prompts: cases.map(\.prompt), rules: cases.map { _ in NeverStop() }, limits: cases.map(\.tokens.count),
        mode: .greedy, stream: RandomStream(seed: 1, purpose: "tests"), step: 0)
    }
    for (found, expected) in zip(found, cases) { #expect(found.tokens == expected.tokens) }
  }
}
