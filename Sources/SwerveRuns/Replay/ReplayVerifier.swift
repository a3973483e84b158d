import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveText

/// A training observer that compares what a re-execution computes with a record, and throws `RecordError.replayDifference`
/// at the first difference.
package final class ReplayVerifier: CancellingObserver {
  private let run: RecordedRun
  /// Index of the next step in the record.
  private var next: Int
  private let first: Int
  private var resultsVerified: Int
  /// Recorded samples that are still to come.
  private var samples: ArraySlice<SampleLine>
  /// Lines of classification.jsonl that are still to come; nil for a record of an earlier swerve, which has none.
  private var classification: ArraySlice<ClassificationLine>?
  /// The first sample or line of classification.jsonl that differs from the re-execution. It is kept until the step's
  /// metrics are compared, because these come later and say more.
  private var otherItem: (item: ComparedItem, recorded: ComparedValue, recomputed: ComparedValue)?

  package convenience init(_ run: RecordedRun) throws { try self.init(run, from: nil) }

  /// - Parameter point: where the re-execution begins; nil: the first step.
  /// - Throws: RecordError or FileError for samples that were changed after they were written.
  init(_ run: RecordedRun, from point: StartingPoint?) throws {
    self.run = run
    var samples = try SampleLine.read(run.folder)[...]
    var lines: ArraySlice<ClassificationLine>? =
      POSIXFile.kind(run.folder.classification) == nil ? nil : try ClassificationLine.read(run.folder)[...]
    var next = 0
    resultsVerified = 0
    if let point {
      let stages = run.manifest.stages.map(\.name)
      let index = stages.firstIndex(ofExactly: point.stage) ?? 0
      func isDone(_ stage: String, _ step: Int) -> Bool {
        let other = stages.firstIndex(ofExactly: stage) ?? stages.count
        // A stage that starts from its beginning also repeats the evaluation before its first step.
        return other < index || (other == index && point.step > 0 && step <= point.step)
      }
      next = run.recorded.steps.prefix { isDone($0.stage, $0.step) }.count
      samples = samples.drop { isDone($0.stage, $0.step) }
      lines = lines?.drop { isDone($0.stage, $0.step) }
      resultsVerified = index
    }
    self.samples = samples
    classification = lines
    self.next = next
    first = next
  }

  package var stepsVerified: Int { next - first }

  /// True after the last recorded step of a run that is not complete.
  package var isCancelled: Bool { run.state != .complete && next == run.recorded.steps.count }

  package func didSample(_ computed: [SampleRecord], stage: String, step: Int) {
    for (index, sample) in computed.enumerated() {
      let text = SampleLine.json(sample, stage: stage, step: step).compact()
      let recorded = samples.popFirst()
      // The run may have been killed between the samples of a step.
      let isMissing = recorded == nil && run.result == nil
      if isMissing || recorded?.text === text || otherItem != nil { continue }
      otherItem = (
        item: .sample(index + 1, hasSameAnswer: recorded?.answer === sample.answer),
        recorded: recorded.map { .text(String(reflecting: $0.answer)) } ?? .missing,
        recomputed: .text(String(reflecting: sample.answer))
      )
    }
  }

  package func didRead(_ input: ClassificationInput, stage: String) {
    compare(ClassificationLine(input, stage: stage), on: "what stage \(stage) reads")
  }

  package func didClassify(_ details: ClassificationDetails, stage: String, step: Int) {
    compare(ClassificationLine(details, stage: stage, step: step), on: "set \(details.set)")
  }

  private func compare(_ computed: ClassificationLine, on place: String) {
    guard classification != nil else { return }
    let recorded = classification?.popFirst()
    let isMissing = recorded == nil && run.result == nil
    if isMissing || recorded?.text === computed.text || otherItem != nil { return }
    otherItem = (
      item: .classification(ExactString(place)),
      recorded: recorded.map { .digest(Digest.of($0.text)) } ?? .missing,
      recomputed: .digest(Digest.of(computed.text))
    )
  }

  package func stepDidEnd(_ record: StepRecord) throws {
    let found = "step \(record.step) of stage \(record.stage)"
    guard let recorded = nextRecorded else {
      throw difference(try StepLine(record), .step, .missing, .text(found))
    }
    guard recorded.stage === record.stage, recorded.step == record.step else {
      throw difference(
        recorded, .step, .text("step \(recorded.step) of stage \(recorded.stage)"), .text(found))
    }
    // What was hashed when the run was recorded is hashed here.
    let computed = try StepLine(record, hasDigest: recorded.weights == nil ? nil : true)
    try MetricPairs.forEachDifference(recorded.metrics, computed.metrics) { name, x, y in
      throw difference(recorded, .metric(named: name), x, y)
    }
    guard recorded.weights === computed.weights else {
      throw difference(
        recorded, .weights, ComparedValue(digest: recorded.weights), ComparedValue(digest: computed.weights))
    }
    guard recorded.stopped === computed.stopped else {
      throw difference(
        recorded, .stopped, ComparedValue(text: recorded.stopped), ComparedValue(text: computed.stopped))
    }
    if let other = otherItem { throw difference(recorded, other.item, other.recorded, other.recomputed) }
    next += 1
  }

  package func stageDidEnd(
    _ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]
  ) throws {
    if let next = nextRecorded, next.stage === stage.name { throw missing(next) }
    guard resultsVerified < run.recorded.results.count else { return }
    let recorded = run.recorded.results[resultsVerified]
    let computed = Digest.ofWeights(weights)
    guard recorded.stage === stage.name, recorded.weights === computed else {
      let last = StepLine(stage: stage.name, step: stage.steps, metrics: [], weights: "")
      throw difference(last, .finalWeights, .digest(recorded.weights), .digest(computed))
    }
    resultsVerified += 1
  }

  /// Call it when the re-execution has ended.
  /// - Throws: `RecordError.replayDifference` if the record has more steps; `RecordError.chainBroken` if every value
  ///   agrees but the record was edited (for example in how a number is written).
  package func finish() throws {
    if let next = nextRecorded { throw missing(next) }
    try run.requireIntact()
    if run.result != nil, let sample = samples.first, let last = run.recorded.steps.last {
      throw difference(last, .samples, .text(String(reflecting: sample.answer)), .missing)
    }
    if run.result != nil, let line = classification?.first, let last = run.recorded.steps.last {
      throw difference(
        last, .classification(ExactString("stage \(line.stage)")), .digest(Digest.of(line.text)), .missing)
    }
  }

  private var nextRecorded: StepLine? { next < run.recorded.steps.count ? run.recorded.steps[next] : nil }

  /// The re-execution ended before this step.
  private func missing(_ recorded: StepLine) -> RecordError {
    difference(recorded, .step, .text("step \(recorded.step) of stage \(recorded.stage)"), .missing)
  }

  private func difference(
    _ line: StepLine, _ item: ComparedItem, _ recorded: ComparedValue, _ recomputed: ComparedValue
  ) -> RecordError {
    .replayDifference(
      ReplayDifference(
        path: run.folder.metrics, stage: line.stage, step: line.step, item: item, recorded: recorded,
        recomputed: recomputed, ulps: ComparedValue.ulps(recorded, recomputed), chainBreak: run.chainBreak))
  }
}
