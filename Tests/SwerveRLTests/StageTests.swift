import SwerveModel
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// A kind of stage that only tests know: it counts the tokens of its task's texts and leaves the model as it is.
private struct CountingStage: TaskStage {
  static let kind = "count"
  var name = "count"
  var source = ModelSource.stage("base")
  var steps = 3
  var task: any Task
  var evaluation: EvaluationPlan?
  var evaluationTemperature: Float? { nil }
  var metricNames: MetricNames { MetricNames(kind: Self.kind, evaluated()) }
  var schedules: [(option: String, schedule: Schedule)] { [] }
  var stepSummary: String { "1 text" }

  func longestTexts() throws -> [LongestText] { [LongestText("a text may have 9 tokens", tokens: 9)] }

  func cost(seed: UInt64) throws -> StageCost { StageCost() }
  func size(_ cost: StageCost, source: ModelConfiguration, threads: Int) -> StageSize {
    StageSize(MemoryEstimate(source, threads: threads), memory: 0)
  }

  func run(
    in environment: StageEnvironment, _ observer: any TrainingObserver, from resumption: StageResumption?
  ) throws -> LoadedModel {
    guard let source = environment.source else { throw ModelError("no model") }
    for step in 1...steps {
      var cursor = RandomStream(seed: environment.seed, purpose: "count").cursor(step: step, row: 0)
      let tokens = Float(try task.trainingText(using: &cursor).text.unicodeScalars.count)
      try observer.stepDidEnd(
        StepRecord(
          stage: name, step: step, metrics: [Metric("tokens", tokens)], notCompared: [],
          weights: source.model.tensors))
    }
    return source
  }
}

/// What experiments do with any kind of stage.
@Suite struct StageTests {
  private let task: AdditionTask
  private let base: PretrainPlan

  init() throws {
    task = try AdditionTask(comfort: 1)
    let model = try ModelConfiguration(
      layers: 1, heads: 1, width: 8, context: task.longestTrainingText - 1, vocabulary: task.tokenizer.vocabularySize)
    base = PretrainPlan(
      name: "base", source: .fresh, model: model, task: task, steps: 1, batch: 2, learningRate: .constant(1e-3),
      optimizer: AdamW.Options(), randomPositions: false, evaluation: nil)
  }

  private func run(_ stages: [any Stage], _ observer: any TrainingObserver) throws {
    try withPool(threads: 1) { pool in
      try ExperimentRun(
        ExperimentPlan(name: "test", stages: stages), seed: 3, mode: .exact, pool: pool, clock: { 0 },
        loader: { _ in throw ModelError("no checkpoint is read here") }
      ).run(observer)
    }
  }

  @Test func runsAKindThatNobodyElseKnows() throws {
    let recorder = Recorder()
    let stage = CountingStage(task: task)
    try run([base, stage], recorder)
    #expect(recorder.steps.map(\.step) == [1, 1, 2, 3])
    #expect(recorder.steps.dropFirst().allSatisfy { ($0.metrics.first?.value ?? 0) > 50 })
    #expect(stage.info.kind == "count" && stage.info.steps == 3 && stage.info.task == "addition")
  }

  @Test func rejectsAStageWithoutAModel() {
    let error = #expect(throws: ModelError.self) {
      var stage = CountingStage(task: task)
      stage.source = .fresh
      try run([stage], Recorder())
    }
    #expect(error?.message.contains("stage count has no model to start from") == true)
  }

  @Test func rejectsTextsThatDoNotFitBeforeTraining() throws {
    var tooLong = base
    tooLong.model = try ModelConfiguration(
      layers: 1, heads: 1, width: 8, context: task.longestTrainingText - 2, vocabulary: task.tokenizer.vocabularySize)
    let recorder = Recorder()
    let error = #expect(throws: TextTooLong.self) { try run([tooLong], recorder) }
    let longest = task.longestTrainingText
    #expect(
      error?.message
        == "stage 'base': a training text may have \(longest) tokens, but the model's context is \(longest - 2)")
    #expect(error?.hint == task.contextAdvice && recorder.steps.isEmpty)
    try base.requireRoom(in: longest - 1)
  }

  @Test func runsWithAnObserverThatHasNoMethods() throws {
    final class Silent: TrainingObserver {}
    try run([base], Silent())
    #expect(!Silent().wantsToStop)
  }

  @Test func tellsEveryObserverOfAGroupAndEndsWhenOneIsCancelled() throws {
    final class Quiet: TrainingObserver {}
    let (first, second) = (Recorder(), Recorder())
    try run([base, CountingStage(task: task)], ObserverGroup([first, Quiet(), second]))
    #expect(first.steps.count == 4 && second.steps.count == 4)
    second.isCancelled = true
    let error = #expect(throws: TrainingCancelled.self) { try run([base], ObserverGroup([first, Quiet(), second])) }
    #expect(error?.stage == "base" && error?.step == 1)
  }
}
