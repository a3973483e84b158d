import SwerveFiles
import SwerveRecords
import SwerveText

/// Runs, each once. Two folders are the same run if their inputs are equal, wherever the folders are and whatever their
/// names are.
struct DistinctRuns {
  /// A run that also represents others.
  private struct Entry {
    var run: RecordedRun
    /// Other records of the same run.
    var others: [RecordedRun] = []
  }

  private var entries: [Entry] = []
  /// The index of a run in `entries`, by the digest of its inputs.
  private var indices: [ExactString: Int] = [:]

  init(_ runs: [RecordedRun]) {
    for run in runs {
      let inputs = ExactString(run.manifest.inputs.seen(from: run.manifest.script).digest)
      guard let index = indices[inputs] else {
        indices[inputs] = entries.count
        entries.append(Entry(run: run))
        continue
      }
      let isBetter = Self.rank(run) > Self.rank(entries[index].run)
      let loser = isBetter ? entries[index].run : run
      if isBetter { entries[index].run = run }
      entries[index].others.append(loser)
    }
  }

  /// A complete run is preferred to an incomplete one, and more steps are preferred to fewer.
  private static func rank(_ run: RecordedRun) -> (Int, Int) {
    (run.state == .complete ? 1 : 0, run.recorded.steps.count)
  }

  private static func diff(_ a: String, _ b: String) -> String {
    Shell.text(["swerve", "diff", Shell.path(a), Shell.path(b)])
  }

  /// In the order in which they were given.
  var runs: [RecordedRun] { entries.map(\.run) }

  /// A line for each run that is not counted, with the run that represents it.
  var notes: [String] {
    entries.flatMap { entry in
      entry.others.enumerated().compactMap { index, other in
        if entry.others[..<index].contains(where: { $0.path === other.path }) { return nil }
        if entry.run.path === other.path { return "\(other.path) is named more than once and counted once" }
        let isOther = other.state == .complete && other.recorded.steps != entry.run.recorded.steps
        return "\(other.path) is the same run as \(entry.run.path): the same inputs, counted once"
          + (isOther ? "; but their numbers differ: \(Self.diff(entry.run.path, other.path)) shows where" : "")
      }
    }
  }
}
