import SwerveModel
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// A rule from a closure.
final class ClosureStop: StopCondition {
  let body: (Int, [Metric]) throws -> String?
  let contents: [UInt8]? = nil

  init(_ body: @escaping (Int, [Metric]) throws -> String?) { self.body = body }

  func reason(after step: Int, _ metrics: [Metric]) throws -> String? { try body(step, metrics) }
}

/// Keeps steps and what would be on the disk after each.
private final class Steps: TrainingObserver {
  var records: [(step: Int, metrics: [Metric], weights: [[Float]], stopped: String?)] = []
  var resumptions: [StageResumption] = []

  func stepDidEnd(_ record: StepRecord) {
    records.append((record.step, record.metrics, record.weights.map { Array($0.values) }, record.stopped))
  }

  func stepCanResume(isStopping: Bool, _ snapshot: () throws -> StageSnapshot) throws {
    let snapshot = try snapshot()
    let tensors = snapshot.tensors.map { (name: $0.name, values: Array($0.values)) }
    resumptions.append(
      StageResumption(
        step: snapshot.step, metrics: records.last?.metrics ?? [],
        metadata: { key in snapshot.metadata.first { $0.key == key }?.value },
        tensor: { name in tensors.first { $0.name == name }?.values }))
  }

  func value(_ name: String, _ step: Int) -> Float? {
    records.first { $0.step == step }?.metrics.first { $0.name == name }?.value
  }
}

/// Which step gives a stage's result, and when it ends early.
@Suite struct StageEndingTests {
  // MARK: The best step

  private func best(_ mode: BestMetric.Mode, _ values: [Float?]) -> Int? {
    var best = BestStep(by: BestMetric("x", mode: mode))
    for (step, value) in values.enumerated() { best.add(step: step, [Metric("y", 9), Metric("x", value)]) }
    return best.found?.step
  }

  @Test func takesTheEarliestOfTheBestStepsAfterTheFirstEvaluation() {
    #expect(best(.max, [9, 1, 3, 2, 3]) == 2)
    #expect(best(.min, [0, 3, 1, 1, 2]) == 2)
    #expect(best(.max, [9]) == nil)
  }

  @Test func leavesOutStepsThatMeasuredNothing() {
    #expect(best(.max, [nil, nil, 1, nil, .nan, 0.5]) == 2)
    #expect(best(.min, [nil, .nan, nil]) == nil)
    #expect(best(.max, [0, -.infinity, -3]) == 2)
  }

  @Test func knowsWhichValueOfAMetricIsTheBest() {
    #expect(BestMetric("success/plus1").mode == .max && BestMetric("log/x").mode == .max)
    #expect(BestMetric("loss").mode == .min && BestMetric("kl/k2").mode == .min)
    #expect(BestMetric("loss", mode: .max).mode == .max)
  }

  // MARK: In the loops

  /// Four updates; the policy's weights at the end are the result.
  private func fineTune(
    _ ending: StageEnding, from resumption: StageResumption? = nil, adapters: Bool = false
  ) throws -> (steps: Steps, result: [[Float]]) {
    let fixture = try LoopFixture(seed: 70)
    var plan = fixture.plan()
    plan.updates = 4
    plan.ending = ending
    let policy =
      adapters
      ? fixture.reference.trained(LowRankAdapters(rank: 2, alpha: 4), valueHeadWidth: 6, mode: .exact, seed: 3)
      : fixture.policy
    let steps = Steps()
    try withPool(threads: 2) { pool in
      try FineTuning(plan, policy: policy, reference: fixture.reference, pool: pool, seed: 1, clock: { 0 })
        .run(steps, from: resumption)
    }
    return (steps, policy.tensors.map { Array($0.values) })
  }

  private func preTrain(
    _ ending: StageEnding, from resumption: StageResumption? = nil
  ) throws -> (steps: Steps, result: [[Float]]) {
    let task = try AdditionTask(comfort: 1)
    let configuration = try ModelConfiguration(
      layers: 1, heads: 2, width: 16, context: task.longestText(in: .comfort),
      vocabulary: task.tokenizer.vocabularySize)
    let model = randomModel(configuration, seed: 71)
    var plan = PretrainPlan(
      name: "pre", source: .fresh, model: configuration, task: task, steps: 5, batch: 4,
      learningRate: Schedule { step, _ in step < 3 ? 0.01 : 0.3 }, optimizer: AdamW.Options(), randomPositions: true,
      evaluation: EvaluationPlan(every: 4, sets: [(.comfort, 2)], greedy: true))
    plan.ending = ending
    let steps = Steps()
    try withPool(threads: 1) { pool in
      try PreTraining(plan, model: model, pool: pool, seed: 1, clock: { 0 }).run(steps, from: resumption)
    }
    return (steps, model.tensors.map { Array($0.values) })
  }

  private func sameBits(_ a: [[Float]], _ b: [[Float]]?) -> Bool {
    guard let b, a.count == b.count else { return false }
    return zip(a, b).allSatisfy { bitMismatch($0, $1) == nil }
  }

  @Test func givesTheWeightsOfTheBestStep() throws {
    let (steps, result) = try preTrain(StageEnding(best: BestMetric("loss")))
    let losses = steps.records.filter { $0.step > 0 }.map {
      (step: $0.step, loss: steps.value("loss", $0.step) ?? .nan)
    }
    let best = try #require(losses.min { $0.loss < $1.loss }).step
    // The learning rate of the last steps is far too large.
    #expect(best < 5)
    #expect(sameBits(result, steps.records.first { $0.step == best }?.weights))
    #expect(!sameBits(result, steps.records.last?.weights))
    let (_, plain) = try preTrain(StageEnding())
    #expect(sameBits(plain, steps.records.last?.weights))
  }

  @Test(arguments: [false, true])
  func givesTheWeightsOfTheBestUpdate(adapters: Bool) throws {
    let (steps, result) = try fineTune(StageEnding(best: BestMetric("loss", mode: .max)), adapters: adapters)
    let updates = steps.records.filter { $0.step > 0 }
    let values = updates.map { steps.value("loss", $0.step) ?? -.infinity }
    let best = updates[try #require(values.indices.first { values[$0] == values.max() })]
    #expect(sameBits(result, best.weights))
  }

  @Test func keepsTheLastStepWhereNoneMeasuredTheMetric() throws {
    let (steps, result) = try preTrain(StageEnding(best: BestMetric("log/nothing")))
    #expect(sameBits(result, steps.records.last?.weights))
  }

  @Test func evaluatesWhereItStopsAndSaysWhy() throws {
    var seen: [(Int, [String])] = []
    let stop = ClosureStop { step, metrics in
      seen.append((step, metrics.map(\.name)))
      return step == 3 ? "enough" : nil
    }
    let (steps, _) = try fineTune(StageEnding(stop: stop))
    #expect(steps.records.map(\.step) == [0, 1, 2, 3])
    #expect(steps.records.map(\.stopped) == [nil, nil, nil, "enough"])
    // It evaluates every second update.
    #expect(steps.value("success/plus1", 2) != nil && steps.value("success/plus1", 3) != nil)
    #expect(seen.map(\.0) == [1, 2, 3])
    #expect(seen.map { $0.1.contains("success/plus1") } == [false, true, false])
    let names = try #require(steps.records.last).metrics.map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test func isNotAskedAfterTheLastStep() throws {
    let stop = ClosureStop { step, _ in step == 4 ? "at the end" : nil }
    let (steps, _) = try fineTune(StageEnding(stop: stop))
    #expect(steps.records.count == 5 && steps.records.allSatisfy { $0.stopped == nil })
  }

  @Test func resumesFromAnyStepToTheSameResult() throws {
    let stop = ClosureStop { step, _ in step == 3 ? "enough" : nil }
    for ending in [
      StageEnding(best: BestMetric("loss", mode: .max)), StageEnding(best: BestMetric("grad_norm"), stop: stop),
      StageEnding(best: BestMetric("success/plus1"), stop: stop),
    ] {
      let (whole, result) = try fineTune(ending)
      for resumption in whole.resumptions {
        let (rest, again) = try fineTune(ending, from: resumption)
        #expect(sameBits(again, result), "from step \(resumption.step)")
        #expect(rest.records.map(\.step) == whole.records.map(\.step).filter { $0 > resumption.step })
        #expect(rest.records.last?.stopped == (rest.records.isEmpty ? nil : whole.records.last?.stopped))
      }
      let (before, results) = try preTrain(
        ending.best.map { StageEnding(best: BestMetric("loss", mode: $0.mode)) } ?? ending)
      for resumption in before.resumptions {
        let (_, again) = try preTrain(StageEnding(best: BestMetric("loss", mode: ending.best?.mode)), from: resumption)
        #expect(sameBits(again, results), "from step \(resumption.step)")
      }
    }
  }

  @Test func rejectsASnapshotWithoutTheBestWeights() throws {
    let (whole, _) = try fineTune(StageEnding(best: BestMetric("loss", mode: .max)))
    let last = try #require(whole.resumptions.last)
    for (key, value) in [("best_step", "99"), ("best_step", "x"), ("best_value", "nan")] {
      let bad = StageResumption(
        step: last.step, metrics: last.metrics, metadata: { $0 == key ? value : last.metadata($0) },
        tensor: last.tensor)
      #expect(throws: ModelError.self) { try fineTune(StageEnding(best: BestMetric("loss", mode: .max)), from: bad) }
    }
    let bad = StageResumption(
      step: last.step, metrics: last.metrics, metadata: last.metadata,
      tensor: { $0.hasPrefix("best.") ? nil : last.tensor($0) })
    #expect(throws: ModelError.self) { try fineTune(StageEnding(best: BestMetric("loss", mode: .max)), from: bad) }
  }

  @Test func countsTheMemoryOfTheBestWeights() throws {
    let model = try MemoryEstimate(testConfiguration, threads: 1)
    let plain = StageSize(model, memory: 10)
    let keeps = StageSize(model, memory: 10, keepsBest: true)
    #expect(keeps.memory - plain.memory == plain.checkpoint && keeps.checkpoint == plain.checkpoint)
    #expect(plain.snapshot == 3 * plain.checkpoint && keeps.snapshot == 4 * plain.checkpoint)
  }

  private var testConfiguration: ModelConfiguration {
    get throws { try ModelConfiguration(layers: 1, heads: 2, width: 16, context: 8, vocabulary: 10) }
  }
}
