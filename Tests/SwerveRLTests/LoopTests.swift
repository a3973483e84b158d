import SwerveModel
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// The training loops with hooks from Swift.
@Suite struct LoopTests {
  @Test(arguments: MathMode.allCases)
  func fineTunesToTheSameBitsAtAnyNumberOfThreads(mode: MathMode) throws {
    var expected: Recorder?
    for threads in threadCounts {
      let fixture = try LoopFixture(seed: 61, mode: mode)
      let found = try fixture.run(fixture.plan(), threads: threads)
      if let expected {
        #expect(found.difference(from: expected) == nil, "\(threads) threads")
      } else {
        expected = found
      }
    }
    let steps = try #require(expected).steps
    #expect(steps.map(\.step) == [0, 1, 2])
    #expect(steps[1].weights != steps[0].weights && steps[2].weights != steps[1].weights)
    #expect(steps[2].metrics.contains { $0.name == "success/plus1" })
    for metric in steps[1].metrics where metric.value != nil {
      let value = metric.value ?? .nan
      #expect(value.isFinite, "\(metric.name)")
    }
  }

  /// A loss that reads logits, and groups, so that every table is shared.
  @Test(arguments: [(2, 2), (3, 1), (8, 1)])
  func fineTunesToTheSameBitsAtAnyNumberOfRanks(ranks: Int, threads: Int) throws {
    @Sendable func run(_ communicator: any Communicator) throws -> Recorder {
      let fixture = try LoopFixture(seed: 61)
      var plan = fixture.plan()
      plan.group = 2
      return try fixture.run(plan, threads: threads, communicator: communicator)
    }
    let expected = try run(OneRank())
    #expect(expected.samples.count > 0 && expected.steps.count == 3)
    let differences = ThreadCommunicator.run(ranks) { communicator in
      Result { try run(communicator) }.map { Handed($0) }
    }
    for (rank, result) in differences.enumerated() {
      #expect(try result.get().value.difference(from: expected) == nil, "rank \(rank) of \(ranks)")
    }
  }

  @Test(arguments: [2, 3, 8]) func preTrainsToTheSameBitsAtAnyNumberOfRanks(ranks: Int) throws {
    let expected = try preTrained(OneRank())
    let found = ThreadCommunicator.run(ranks) { communicator in
      Result { Handed(try preTrained(communicator)) }
    }
    for result in found { #expect(try result.get().value.difference(from: expected) == nil) }
  }

  private func preTrained(_ communicator: any Communicator) throws -> Recorder {
    let task = try AdditionTask(comfort: 1)
    let recorder = Recorder()
    let configuration = try ModelConfiguration(
      layers: 1, heads: 2, width: 48, context: task.longestText(in: .comfort),
      vocabulary: task.tokenizer.vocabularySize)
    let model = randomModel(configuration, seed: 63)
    let plan = PretrainPlan(
      name: "pre", source: .fresh, model: configuration, task: task, steps: 3, batch: 100,
      learningRate: .constant(0.01), optimizer: AdamW.Options(), randomPositions: true,
      evaluation: EvaluationPlan(every: 3, sets: [(.comfort, 3)], greedy: true))
    try withPool(threads: 1, communicator: communicator) { pool in
      try PreTraining(plan, model: model, pool: pool, seed: 1, clock: { 0 }).run(recorder)
    }
    return recorder
  }

  @Test func givesAnotherRunForAnotherSeed() throws {
    let a = try LoopFixture(seed: 62)
    let b = try LoopFixture(seed: 62)
    #expect(try a.run(a.plan(), seed: 1).difference(from: b.run(b.plan(), seed: 2)) != nil)
  }

  @Test(arguments: MathMode.allCases)
  func preTrainsToTheSameBitsAtAnyNumberOfThreads(mode: MathMode) throws {
    var expected: Recorder?
    for threads in threadCounts {
      let task = try AdditionTask(comfort: 1)
      let recorder = Recorder()
      let configuration = try ModelConfiguration(
        layers: 1, heads: 2, width: 16, context: task.longestText(in: .comfort),
        vocabulary: task.tokenizer.vocabularySize)
      let model = randomModel(configuration, seed: 63, mode: mode)
      let plan = PretrainPlan(
        name: "pre", source: .fresh, model: configuration, task: task, steps: 3, batch: 12,
        learningRate: .constant(0.01), optimizer: AdamW.Options(), randomPositions: true,
        evaluation: EvaluationPlan(every: 3, sets: [(.comfort, 3)], greedy: true))
      try withPool(threads: threads) { pool in
        try PreTraining(plan, model: model, pool: pool, seed: 1, clock: { 0 }).run(recorder)
      }
      if let expected { #expect(recorder.difference(from: expected) == nil, "\(threads) threads") }
      expected = expected ?? recorder
    }
    let losses = try #require(expected).steps.compactMap { step in step.metrics.first { $0.name == "loss" }?.value }
    #expect(losses.count == 3 && losses[2] < losses[0])
  }

  /// What the objective meets first is the policy that sampled: the ratio of probabilities is 1 to the bit.
  @Test func startsEachUpdateWithTheSamplingPolicyBitForBit() throws {
    let fixture = try LoopFixture(seed: 64)
    var plan = fixture.plan()
    var differences: [Bool] = []
    plan.objective = ClosureObjective { columns, coefficients, step in
      let logp = try columns.required("logp").values
      let old = try columns.required("old_logp").values
      differences.append(bitMismatch(logp, old) != nil)
      return try a2c.loss(columns, coefficients: coefficients, step: step)
    }
    _ = try fixture.run(plan)
    #expect(differences.count == 8)
    #expect(differences[0] == false && differences[4] == false, "the first of each update")
    #expect(differences[1] && differences[3] && differences[7], "later ones have moved")
  }

  /// Without decay, as decay would shrink the trunk without any gradient.
  @Test func keepsTheTrunkUnchangedInCriticWarmup() throws {
    let fixture = try LoopFixture(seed: 65)
    let before = fixture.policy.tensors.map { Array($0.values) }
    var plan = fixture.plan()
    plan.criticWarmup = 2
    plan.optimizer.decay = 0
    _ = try fixture.run(plan)
    for (tensor, old) in zip(fixture.policy.tensors, before) {
      let isSame = bitMismatch(Array(tensor.values), old) == nil
      #expect(isSame == !tensor.name.hasPrefix("value."), "\(tensor.name)")
    }
  }

  @Test func keepsTheReferenceUnchanged() throws {
    let fixture = try LoopFixture(seed: 66)
    let before = allWeights(fixture.reference)
    _ = try fixture.run(fixture.plan())
    #expect(bitMismatch(allWeights(fixture.reference), before) == nil)
  }

  /// reward -= coefficient * weight * estimate at each token, and no penalty in the loss.
  @Test func subtractsAPenaltyInTheRewardFromEachToken() throws {
    let fixture = try LoopFixture(seed: 67)
    var plan = fixture.plan()
    plan.kl.location = .reward
    plan.kl.rule = ClosureRule { columns, _, _ in
      TokenWeights(kl: [Float](repeating: 0.25, count: columns.layout.count))
    }
    // A reference that differs from the policy, so that there is something to penalize.
    fixture.reference.update { weights in for i in 0..<500 { weights[i] *= 1.1 } }
    plan.objective = ClosureObjective { columns, coefficients, step in
      #expect(coefficients.first { $0.name == "kl" }?.value == 0)
      let layout = columns.layout
      let old = try columns.required("old_logp").values
      let reference = try columns.required("ref_logp").values
      let penalties = KLEstimator.k2.estimates(logp: old, reference: reference).map { 0.5 * (0.25 * $0) }
      let ends = Set((0..<layout.rows).map { layout.offsets[$0 + 1] - 1 })
      for (i, reward) in try columns.required("reward").values.enumerated() {
        let expected = (ends.contains(i) ? [-1, 1] : [0]).map { $0 - penalties[i] } as [Float]
        #expect(expected.contains(reward), "token \(i): \(reward), penalty \(penalties[i])")
      }
      #expect(penalties.contains { $0 > 0 })
      return try a2c.loss(columns, coefficients: coefficients, step: step)
    }
    _ = try fixture.run(plan)
  }

  @Test func endsTheRunAtAnErrorInAHook() throws {
    struct Broken: Error, Equatable {}
    let fixture = try LoopFixture(seed: 68)
    var plan = fixture.plan()
    plan.objective = ClosureObjective { _, _, _ in throw Broken() }
    #expect(throws: Broken()) { try fixture.run(plan) }
  }
}
