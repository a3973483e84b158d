import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// Runs whose numbers are written for other programs. They are read one after the other, and only one is in memory, so
/// that thousands of runs need no more of it than the longest.
package struct ExportedRuns {
  /// Each folder once, whatever its path was given as.
  package let folders: [RunFolder]
  private let metrics: [Glob]
  private let stage: String?

  /// What the runs had, to say afterwards what was not found.
  package struct Outcome {
    /// The number of values.
    package fileprivate(set) var values = 0
    /// The paths of runs that are not complete.
    package fileprivate(set) var unfinished: [String] = []
    fileprivate var foundMetrics: Set<ExactString> = []
    fileprivate var foundStages: Set<ExactString> = []

    package init() {}
  }

  /// - Parameters:
  ///   - paths: run folders, and folders of them, such as a sweep's.
  ///   - metrics: names with * and ?; empty: all.
  ///   - stage: only this one; nil: all.
  /// - Throws: RecordError or FileError for a path without runs.
  package init(_ paths: [String], metrics: [String] = [], stage: String? = nil) throws {
    var seen: Set<ExactString> = []
    folders = try paths.flatMap(RunFolders.find).filter {
      seen.insert(ExactString(Path.absolute($0.path) ?? $0.path)).inserted
    }
    self.metrics = metrics.map { Glob($0) }
    self.stage = stage
  }

  /// Reads each run, checks it and passes it on, in the order in which they were given.
  /// - Throws: RecordError or FileError for a run that can't be read or whose record was edited; UsageError for a stage that no
  ///   run has, and for a name of metrics without a single value; what `body` throws.
  package func read(_ body: (RecordedRun, inout Outcome) throws -> Void) throws -> Outcome {
    var outcome = Outcome()
    for folder in folders {
      let run = try RunReader.read(folder.path)
      if let chainBreak = run.chainBreak { throw RecordError.chainBroken(path: run.folder.metrics, chainBreak) }
      if run.state != .complete { outcome.unfinished.append(run.path) }
      for line in run.recorded.steps { outcome.foundStages.insert(ExactString(line.stage)) }
      try body(run, &outcome)
    }
    try requireFound(outcome)
    return outcome
  }

  /// The values of a step that were asked for. A metric that had nothing to measure has none.
  func values(_ line: StepLine, _ outcome: inout Outcome) -> [(name: String, value: Float)] {
    if let stage, line.stage !== stage { return [] }
    let values = line.metrics.compactMap { metric -> (name: String, value: Float)? in
      guard let value = metric.value, metrics.isEmpty || metrics.contains(where: { $0.matches(metric.name) })
      else { return nil }
      return (metric.name, value)
    }
    outcome.values += values.count
    if !metrics.isEmpty { for value in values { outcome.foundMetrics.insert(ExactString(value.name)) } }
    return values
  }

  private func requireFound(_ outcome: Outcome) throws {
    if let stage, !outcome.foundStages.contains(ExactString(stage)) {
      let known = outcome.foundStages.sorted().map(\.wrappedValue)
      throw UsageError(
        "--stage '\(stage)': no run has steps of this stage" + didYouMean(stage, among: known),
        hint: known.isEmpty ? nil : "there are steps of \(known.joined(separator: ", "))")
    }
    for glob in metrics where !outcome.foundMetrics.contains(where: { glob.matches($0.wrappedValue) }) {
      throw UsageError(
        "--metric '\(glob.pattern)': no run has a value of such a metric",
        hint: "`swerve show RUN` lists what a run measured")
    }
  }
}
