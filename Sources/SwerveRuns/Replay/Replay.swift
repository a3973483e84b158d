import LuaRuntime
import SwerveRL
import SwerveRecords
import SwerveText

/// What `swerve replay` does: run the recorded script again and compare every step with the record.
package enum Replay {
  package struct Outcome {
    /// The number of training steps, without the evaluations before a stage's first step.
    package let steps: Int
    package let weightsSHA256: String?
    /// Where the re-execution began: nil: at the first step of the run; else a stage and the number of its finished
    /// steps.
    package let start: (stage: String, step: Int)?
  }

  /// The first step to verify.
  package struct From {
    /// nil: the only stage that has this step.
    package let stage: String?
    /// From 1.
    package let step: Int

    package init(stage: String?, step: Int) {
      self.stage = stage
      self.step = step
    }
  }

  /// - Parameters:
  ///   - path: a run folder.
  ///   - threads: any number gives the same bits.
  ///   - seconds: the most processor time of each call of the script.
  ///   - from: verifies this step and all later ones, starting at the last checkpoint before it; nil: verifies
  ///     everything.
  /// - Throws: RecordError.replayDifference at the first step and value that differ; RecordError or FileError for a
  ///   folder that is not a run, for an input that has changed, or for a record whose hash chain is broken.
  package static func run(
    _ path: String, threads: Int, seconds: Int = LuaLimits().seconds, from: From? = nil,
    observers: [any TrainingObserver] = [],
    output: @escaping (String) -> Void
  ) throws -> Outcome {
    let recorded = try RunReader.read(path)
    let script = try RecordedScript.load(recorded, threads: threads, seconds: seconds, output: output)
    let point = try from.map { try StartingPoint(recorded, before: $0.step, of: stage(recorded, $0)) }
    let verifier = try ReplayVerifier(recorded, from: point)
    do {
      try verify(script, verifier, observers, from: try point?.resumption(recorded, script.settings.math))
    } catch RecordError.replayDifference(let difference) where difference.chainBreak == nil {
      throw RecordError.replayDifference(try ReplayDiagnosis(recorded, script).examine(difference))
    }
    try RunCheck.surroundings(recorded)
    let steps = recorded.recorded.steps.suffix(verifier.stepsVerified).count { $0.step > 0 }
    return Outcome(
      steps: steps, weightsSHA256: recorded.result?.weightsSHA256, start: point.map { ($0.stage, $0.step) })
  }

  private static func verify(
    _ script: LoadedScript, _ verifier: ReplayVerifier, _ observers: [any TrainingObserver],
    from start: ExperimentResumption?
  ) throws {
    do {
      try script.run(ObserverGroup([verifier] + observers), from: start)
    } catch let stop as TrainingCancelled {
      if !verifier.isCancelled { throw stop }
    }
    try verifier.finish()
  }

  /// - Throws: UsageError for a step that no stage or several stages have.
  private static func stage(_ run: RecordedRun, _ from: From) throws -> String {
    let names = run.manifest.stages.map(\.name).filter { name in
      (from.stage ?? name) === name && run.recorded.steps.contains { $0.stage === name && $0.step == from.step }
    }
    if names.count == 1 { return names[0] }
    let stages = run.manifest.stages.map { stage in
      "\(stage.name) (\(run.recorded.steps.last { $0.stage === stage.name }?.step ?? 0) steps)"
    }.joined(separator: ", ")
    throw UsageError(
      names.isEmpty
        ? "\(run.path) has no step \(from.step)\(from.stage.map { " of stage '\($0)'" } ?? ""); its stages: \(stages)"
        : "--from \(from.step) could be of several stages: say which one with --stage NAME; the stages: \(stages)")
  }
}
