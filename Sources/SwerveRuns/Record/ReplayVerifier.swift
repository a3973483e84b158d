import SwerveModel
import SwerveRL

/// The first place where a re-execution and its record disagree.
package struct ReplayDifference: Equatable, Sendable {
  package let path: String
  package let stage: String
  package let step: Int
  /// The metric; "weights" for the digest of all weights; "step" when one side has no such step.
  package let name: String
  package let recorded: ComparedValue
  package let recomputed: ComparedValue
  /// nil where there is no distance: a digest, null, NaN, something missing.
  package let ulps: Int?
  /// Where the record stops agreeing with its own hashes; nil when it was not touched.
  package let chainBreak: ChainBreak?

  package init(
    path: String, stage: String, step: Int, name: String, recorded: ComparedValue, recomputed: ComparedValue,
    ulps: Int?, chainBreak: ChainBreak?
  ) {
    self.path = path
    self.stage = stage
    self.step = step
    self.name = name
    self.recorded = recorded
    self.recomputed = recomputed
    self.ulps = ulps
    self.chainBreak = chainBreak
  }

  package var text: String {
    let values = "the record says \(recorded.text), the re-execution gives \(recomputed.text)"
    let place = "step \(step) of stage \(stage): \(name): \(values)\(ComparedValue.distanceText(ulps))"
    guard let chainBreak else {
      return "\(path): \(place). The record is intact, so what computes has changed: `swerve doctor` tests the math, "
        + "and the manifest says which machine and versions recorded it"
    }
    let isHere = chainBreak.stage == stage && chainBreak.step == step
    return "\(path):\(chainBreak.line): \(place). "
      + (isHere
        ? "The hash chain breaks at this step: the line was edited after it was written"
        : "Besides, \(chainBreak.text)")
  }

  package var json: JSONValue {
    [
      "run": .string(path), "stage": .string(stage), "step": .integer(step), "name": .string(name),
      "recorded": recorded.json, "recorded_bits": recorded.bits, "recomputed": recomputed.json,
      "recomputed_bits": recomputed.bits, "ulps": ulps.map { .integer($0) } ?? .null,
      "edited": .bool(chainBreak != nil),
    ]
  }
}

/// A training observer that compares what a re-execution computes with a record, and throws `RunError.replayDifference`
/// at the first difference.
package final class ReplayVerifier: TrainingObserver {
  private let run: RecordedRun
  package private(set) var stepsVerified = 0
  private var resultsVerified = 0
  private var samples = DigestInProgress()

  package init(_ run: RecordedRun) { self.run = run }

  /// True once nothing is left to verify of a run that did not end by itself.
  package var isCancelled: Bool { run.status != "complete" && stepsVerified == run.recorded.steps.count }

  package func stageWillStart(_ stage: StageInfo) {}

  package func didSample(_ samples: [SampleRecord], stage: String, step: Int) {
    for sample in samples { self.samples.add(SampleLine.json(sample, stage: stage, step: step).compact() + "\n") }
  }

  package func stepDidEnd(_ record: StepRecord) throws {
    let computed = StepLine(record)
    guard let recorded = nextRecorded else {
      throw difference(computed, "step", .missing, .text("step \(computed.step) of stage \(computed.stage)"))
    }
    guard recorded.stage == computed.stage, recorded.step == computed.step else {
      throw difference(
        recorded, "step", .text("step \(recorded.step) of stage \(recorded.stage)"),
        .text("step \(computed.step) of stage \(computed.stage)"))
    }
    try MetricPairs.forEachDifference(recorded.metrics, computed.metrics) { throw difference(recorded, $0, $1, $2) }
    guard recorded.weights == computed.weights else {
      throw difference(recorded, "weights", .digest(recorded.weights), .digest(computed.weights))
    }
    stepsVerified += 1
  }

  package func stageDidEnd(
    _ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]
  ) throws {
    if let next = nextRecorded, next.stage == stage.name { throw missing(next) }
    guard resultsVerified < run.recorded.results.count else { return }
    let recorded = run.recorded.results[resultsVerified]
    let computed = Digest.ofWeights(weights)
    guard recorded.stage == stage.name, recorded.weights == computed else {
      let last = StepLine(stage: stage.name, step: stage.steps, metrics: [], weights: "")
      throw difference(last, "final weights", .digest(recorded.weights), .digest(computed))
    }
    resultsVerified += 1
  }

  /// Call it when the re-execution has ended.
  /// - Throws: `RunError.replayDifference` when the record has more steps; `RunError.chainBroken` when every value
  ///   agrees but the record was edited all the same (in how a number is written, say).
  package func finish() throws {
    if let next = nextRecorded { throw missing(next) }
    try run.requireIntact()
    if let result = run.result, result.samplesSHA256 != samples.value, let last = run.recorded.steps.last {
      throw difference(last, "samples", .digest(result.samplesSHA256), .digest(samples.value))
    }
  }

  private var nextRecorded: StepLine? {
    stepsVerified < run.recorded.steps.count ? run.recorded.steps[stepsVerified] : nil
  }

  /// The re-execution ended before this step.
  private func missing(_ recorded: StepLine) -> RunError {
    difference(recorded, "step", .text("step \(recorded.step) of stage \(recorded.stage)"), .missing)
  }

  private func difference(
    _ line: StepLine, _ name: String, _ recorded: ComparedValue, _ recomputed: ComparedValue
  ) -> RunError {
    .replayDifference(
      ReplayDifference(
        path: run.folder.metrics, stage: line.stage, step: line.step, name: name, recorded: recorded,
        recomputed: recomputed, ulps: ComparedValue.ulps(recorded, recomputed), chainBreak: run.chainBreak))
  }
}
