import SwerveRL
import SwerveRecords

/// A recorded run that is computed again to trace one of its steps.
final class TracedRun {
  let recorded: RecordedRun
  private let script: LoadedScript
  private let point: StartingPoint
  private let stage: String
  private let step: Int
  private var start: ExperimentResumption
  private(set) var tensors: [TracedTensor] = []

  /// - Parameter limit: the re-execution begins after this step at the latest.
  /// - Throws: RecordError or FileError for a run that can't be computed again.
  init(_ recorded: RecordedRun, stage: String, step: Int, limit: Int = .max) throws {
    self.recorded = recorded
    self.stage = stage
    self.step = step
    // With one thread, shards are reported in order.
    script = try RecordedScript.load(recorded, threads: 1, output: { _ in })
    point = try StartingPoint(recorded, before: step, of: stage, limit: limit)
    start = try point.resumption(recorded, script.settings.math)
  }

  /// The number of finished steps of the stage at which the re-execution begins.
  var startStep: Int { point.step }

  /// The first pass: gets every tensor's digest.
  func look(_ observers: [any TrainingObserver]) throws {
    let tracer = StepTracer(stage: stage, step: step)
    try run(tracer, observers)
    tensors = tracer.tensors
    if let before = tracer.before {
      start = ExperimentResumption(finished: start.finished, current: (stage: stage, state: before))
    }
  }

  /// The values of one tensor, by its index.
  func values(_ index: Int) throws -> [Float] {
    let tracer = StepTracer(stage: stage, step: step, keeps: index)
    try run(tracer, [])
    return tracer.values
  }

  private func run(_ tracer: StepTracer, _ observers: [any TrainingObserver]) throws {
    do {
      try script.run(ObserverGroup([tracer] + observers), from: start)
    } catch is TrainingCancelled {
      return
    }
  }
}
