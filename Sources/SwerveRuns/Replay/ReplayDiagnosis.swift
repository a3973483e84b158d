import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveText

/// Examines a replay that differs although its record is intact: why it differs, and which weight differs first.
struct ReplayDiagnosis {
  private let run: RecordedRun
  private let script: LoadedScript

  init(_ run: RecordedRun, _ script: LoadedScript) {
    self.run = run
    self.script = script
  }

  /// Computes the step a second time, on one thread, and continues to the next recorded checkpoint.
  /// - Throws: CheckpointError for checkpoints that were changed after they were written.
  func examine(_ difference: ReplayDifference) throws -> ReplayDifference {
    var result = difference
    result.findings = Causes.find(
      try Causes.Side(run), Causes.Side(here: Runner.manifest(script), copies: try run.scriptCopies()),
      edited: [RunCheck.edit(run)].compactMap(\.self))
    // A step that one side does not have can't be examined.
    guard difference.item != .step else { return result }
    let point = try StartingPoint(run, before: max(difference.step, 1), of: difference.stage)
    let target = try recordedCheckpoint(difference)
    let recomputed = RecomputedStep(
      stage: difference.stage, step: difference.step, target: target?.step,
      hasDigest: line(of: difference)?.weights != nil)
    let again = try RecordedScript.load(run, threads: 1, output: { _ in })
    do {
      try again.run(recomputed, from: point.resumption(run, again.settings.math))
    } catch is TrainingCancelled {}
    result.findings.append(secondOpinion(recomputed, difference))
    guard let target, let computed = recomputed.weights else { return result }
    result.weight = try Self.firstWeight(target.tensors, computed)
    result.findings.append(
      result.weight.map { "of the checkpoint \(target.path), the first weight that differs is \($0.text)" }
        ?? "all weights of the checkpoint \(target.path) are those that were computed")
    return result
  }

  private func line(of difference: ReplayDifference) -> StepLine? {
    run.recorded.steps.first { $0.stage === difference.stage && $0.step == difference.step }
  }

  private func secondOpinion(_ recomputed: RecomputedStep, _ difference: ReplayDifference) -> String {
    guard let line = recomputed.line, let recorded = self.line(of: difference) else {
      return "the step could not be computed a second time"
    }
    if line == recorded {
      return "computed a second time, on one thread, the step agrees with the record: this machine does not compute "
        + "the same twice. Its memory or processor may be faulty"
    }
    return "computed a second time, on one thread, the step differs from the record as well"
  }

  /// The first checkpoint with the weights of the step or of a later step of its stage.
  private func recordedCheckpoint(
    _ difference: ReplayDifference
  ) throws -> (path: String, step: Int, tensors: [CheckpointTensor])? {
    let folder = run.folder
    let position = POSIXFile.kind(folder.position) == nil ? nil : try RunPosition.read(folder.position)
    let snapshots = (position?.kept ?? []) + [position?.snapshot].compactMap(\.self)
    var found = snapshots.first { $0.stage === difference.stage && $0.step >= difference.step }
      .map { (path: Path.join(folder.checkpoints, $0.file), step: $0.step) }
    if found == nil, position?.finished.contains(where: { $0.stage === difference.stage }) == true,
      let stage = run.manifest.stages.first(where: { $0.name === difference.stage }),
      let line = run.recorded.resultLine(of: stage), line.step >= difference.step
    {
      found = (path: folder.checkpoint(stage: difference.stage), step: line.step)
    }
    return try found.map { ($0.path, $0.step, try CheckpointFile.read($0.path).tensors) }
  }

  private static func firstWeight(
    _ recorded: [CheckpointTensor], _ computed: [CheckpointTensor]
  ) throws -> TensorDifference? {
    for tensor in computed {
      guard let other = recorded.first(where: { $0.name === tensor.name }) else { continue }
      if let difference = TensorDifference(tensor.name, shape: tensor.shape, other.values, tensor.values) {
        return difference
      }
    }
    return nil
  }
}

/// Keeps the line of one step and the weights after another step; then the run ends.
private final class RecomputedStep: CancellingObserver {
  private let stage: String
  private let step: Int
  private let target: Int
  private let hasDigest: Bool
  private(set) var line: StepLine?
  private(set) var weights: [CheckpointTensor]?
  private(set) var isCancelled = false

  /// - Parameter hasDigest: whether the recorded line of the step has a digest of weights.
  init(stage: String, step: Int, target: Int?, hasDigest: Bool) {
    self.stage = stage
    self.step = step
    self.hasDigest = hasDigest
    self.target = target ?? step
  }

  func stepDidEnd(_ record: StepRecord) throws {
    guard record.stage === stage else { return }
    if record.step == step { line = try StepLine(record, hasDigest: hasDigest) }
    if record.step >= target {
      weights = record.weights.map { CheckpointTensor(name: $0.name, shape: $0.shape, values: Array($0.values)) }
      isCancelled = true
    }
  }
}
