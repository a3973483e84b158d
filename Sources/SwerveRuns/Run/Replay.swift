import SwerveRL

/// What `swerve replay` does: run the recorded script again and compare every step with the record.
package enum Replay {
  package struct Outcome {
    /// Of training; the evaluations before a stage's first step are not counted.
    package let steps: Int
    package let weightsSHA256: String?
  }

  /// - Parameters:
  ///   - path: a run folder.
  ///   - threads: any number gives the same bits.
  /// - Throws: RunError.replayDifference at the first step and value that differ; RunError for a folder that is not a run, for
  ///   an input that changed since, for a record whose hash chain is broken.
  package static func run(
    _ path: String, threads: Int, observers: [any TrainingObserver] = [], output: @escaping (String) -> Void
  ) throws -> Outcome {
    let recorded = try RunReader.read(path)
    let script = try RecordedScript.load(recorded, threads: threads, output: output)
    let verifier = ReplayVerifier(recorded)
    do {
      try script.run(ObserverGroup([verifier] + observers))
    } catch let stop as TrainingCancelled {
      if !verifier.isCancelled { throw stop }
    }
    try verifier.finish()
    return Outcome(steps: recorded.recorded.trainingSteps, weightsSHA256: recorded.result?.weightsSHA256)
  }
}
