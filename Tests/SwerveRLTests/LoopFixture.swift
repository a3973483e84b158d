import SwerveModel
import SwerveTensor
import SwerveTestSupport

@testable import SwerveRL

/// Hooks from closures.
struct ClosureObjective: Objective {
  let body: (_ columns: TokenColumns, _ coefficients: [Metric], _ step: Int) throws -> LossValue

  func loss(_ columns: TokenColumns, coefficients: [Metric], step: Int) throws -> LossValue {
    try body(columns, coefficients, step)
  }
}

struct ClosureRule: TokenRule {
  let body: (_ columns: TokenColumns, _ step: Int, _ rng: RandomCursor) throws -> TokenWeights

  func weights(_ columns: TokenColumns, in context: RuleContext) throws -> TokenWeights {
    try body(columns, context.step, context.rng)
  }
}

struct MissingColumn: Error {
  let name: String
}

extension TokenColumns {
  func required(_ name: String) throws -> Tensor {
    guard let tensor = try column(name) else { throw MissingColumn(name: name) }
    return tensor
  }
}

/// The A2C loss with the k2 penalty, in Swift.
var a2c: ClosureObjective { ClosureObjective(body: a2cLoss) }

private func a2cLoss(_ columns: TokenColumns, _ coefficients: [Metric], _ step: Int) throws -> LossValue {
  func coefficient(_ name: String) -> Tensor { .scalar(coefficients.first { $0.name == name }?.value ?? .nan) }
  let logp = try columns.required("logp")
  let policy = try logp.mul(columns.required("advantage")).mean().neg()
  let value = try columns.required("returns").sub(columns.required("value")).square().mean()
  let entropy = try columns.required("entropy").mean()
  let k2 = try logp.sub(columns.required("ref_logp")).square().mul(.scalar(0.5))
  let kl = try columns.required("kl_weight").mul(k2).mean()
  let total = try policy.add(value.mul(coefficient("vf"))).sub(entropy.mul(coefficient("entropy")))
    .add(kl.mul(coefficient("kl")))
  return LossValue(total: total, parts: [Metric("policy", policy.values[0]), Metric("kl", kl.values[0])])
}

/// Certainty to the fourth power, with a little noise from the rule's own stream.
var noisyCertainty: ClosureRule {
  ClosureRule { columns, _, rng in
    var rng = rng
    let weights = try certaintyWeights(columns.required("certainty").values, alpha: 4)
    return TokenWeights(kl: weights.map { $0 + 0.01 * rng.uniform() })
  }
}

/// Keeps what a loop tells.
final class Recorder: CancellingObserver {
  var steps: [(step: Int, metrics: [Metric], weights: [[Float]])] = []
  var samples: [SampleRecord] = []
  var isCancelled = false

  func stepDidEnd(_ record: StepRecord) {
    steps.append((record.step, record.metrics, record.weights.map { Array($0.values) }))
  }
  func didSample(_ samples: [SampleRecord], stage: String, step: Int) { self.samples += samples }

  /// Where two runs differ first, down to the bit.
  func difference(from other: Recorder) -> String? {
    if steps.count != other.steps.count { return "\(steps.count) steps, expected \(other.steps.count)" }
    for (a, b) in zip(steps, other.steps) {
      if a.metrics.map(\.name) != b.metrics.map(\.name) { return "step \(a.step): other metrics" }
      for (x, y) in zip(a.metrics, b.metrics) where x.value?.bitPattern != y.value?.bitPattern {
        return "step \(a.step): \(x.name) is \(String(describing: x.value)), expected \(String(describing: y.value))"
      }
      for (place, (x, y)) in zip(a.weights, b.weights).enumerated() {
        if let mismatch = bitMismatch(x, y) { return "step \(a.step): tensor \(place), \(mismatch)" }
      }
    }
    return samples.map(\.answer) == other.samples.map(\.answer) ? nil : "other samples"
  }
}

/// A small fine-tuning: additions of one and two digits, a random model that talks nonsense, two updates.
struct LoopFixture {
  let task: AdditionTask
  let reference: Transformer
  let policy: Transformer

  /// - Parameter context: nil: as long as the longest text; a shorter one cuts answers off.
  init(seed: UInt64, mode: MathMode = .exact, context: Int? = nil) throws {
    task = try AdditionTask(comfort: 1, plus: 1)
    var configuration = try ModelConfiguration(
      layers: 1, heads: 2, width: 16, context: context ?? task.longestText(in: .training),
      vocabulary: task.tokenizer.vocabularySize,
      positions: .rotary)
    reference = randomModel(configuration, seed: seed, standardDeviation: 0.4, mode: mode)
    configuration.valueHeadWidth = 6
    policy = randomModel(configuration, seed: seed + 1, standardDeviation: 0.4, mode: mode)
    _ = policy.load(from: reference)
  }

  func plan() -> FinetunePlan {
    var plan = FinetunePlan(
      name: "tune", source: .fresh, task: task, objective: a2c, updates: 2, episodes: 6, minibatch: 4,
      temperature: .constant(1.5), learningRate: Schedule { step, _ in 0.01 / Float(step) },
      valueCoefficient: .constant(0.1), entropyCoefficient: .constant(0.01),
      kl: KLPlan(
        coefficient: .constant(0.5), estimator: .k2, location: .loss, certaintyTemperature: 2,
        certainty: .negentropyMaxProb, rule: noisyCertainty),
      optimizer: AdamW.Options(),
      evaluation: EvaluationPlan(every: 2, sets: [(.comfort, 3), (.plus(1), 2)], greedy: false))
    plan.epochs = 2
    return plan
  }

  /// Runs a plan on these models, which it changes.
  func run(
    _ plan: FinetunePlan, threads: Int = 1, seed: UInt64 = 1, communicator: any Communicator = OneRank()
  ) throws -> Recorder {
    let recorder = Recorder()
    try withPool(threads: threads, communicator: communicator) { pool in
      try FineTuning(plan, policy: policy, reference: reference, pool: pool, seed: seed, clock: { 0 }).run(recorder)
    }
    return recorder
  }
}
