import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// What `swerve diff` does: it compares two runs, golden files or checkpoints, whichever the two names stand for.
package enum Diff {
  case runs(RunDiff)
  /// At least one of the two is a golden file.
  case recordings(DiffReport)
  case checkpoints(WeightDifferences)

  /// How two recordings are compared; checkpoints are compared in full.
  package struct Choices {
    /// nil: those of a golden file; without one, the same bits are asked for.
    package var tolerances: ToleranceTable?
    /// nil: every metric.
    package var only: Glob?
    /// Whether both runs are computed again to find the first tensor that differs.
    package var locates = false
    /// They see this computation.
    package var observers: [any TrainingObserver] = []

    package init() {}
  }

  /// - Parameters:
  ///   - a: a run folder, its name in runs/, a packed run, a golden file or a checkpoint.
  ///   - b: the other one.
  /// - Throws: OptionError for choices that do not fit the two; what reading them and training throws.
  package init(_ a: String, _ b: String, _ choices: Choices) throws {
    if Self.areCheckpoints(a, b) {
      self = .checkpoints(WeightDifferences("weights", try CheckpointFile.read(a), try CheckpointFile.read(b)))
      return
    }
    self = try RunSource.withFolder(a) { first in
      try RunSource.withFolder(b) { second in
        try Diff(
          try ComparedRun.read(first, label: Self.label(a)), try ComparedRun.read(second, label: Self.label(b)), choices
        )
      }
    }
  }

  /// Whether the two are compared as checkpoints. Then nothing is unpacked that has to be removed.
  package static func areCheckpoints(_ a: String, _ b: String) -> Bool {
    [a, b].allSatisfy { $0.endsExactly(with: ".safetensors") }
  }

  /// The label of a packed run is its file, because the folder to which it is unpacked will be removed.
  private static func label(_ name: String) -> String? { POSIXFile.kind(name) == .file ? name : nil }

  private init(_ a: ComparedRun, _ b: ComparedRun, _ choices: Choices) throws {
    func isKnown(_ glob: Glob) -> Bool { a.hasMetric(glob) || b.hasMetric(glob) }
    if let only = choices.only, !isKnown(only) {
      throw OptionError("--only '\(only.pattern)' matches no metric of either; `swerve show` lists them")
    }
    if let bound = choices.tolerances?.entries.first(where: { !isKnown($0.glob) }) {
      throw OptionError(
        "a bound is for '\(bound.glob.pattern)', which matches no metric of either; `swerve show` lists them")
    }
    let report = Comparison.compare(a, b, tolerances: choices.tolerances, only: choices.only)
    guard let x = a.run, let y = b.run else {
      if choices.locates {
        throw OptionError("--locate needs two run folders: a golden file can't be computed again")
      }
      self = .recordings(report)
      return
    }
    var diff = try RunDiff(x, y, report)
    if choices.locates && !report.isSame { try diff.locate(choices.observers) }
    self = .runs(diff)
  }

  /// Whether there is no difference and no file was edited.
  package var isSame: Bool {
    switch self {
    case .runs(let diff): diff.report.isSameAndIntact
    case .recordings(let report): report.isSameAndIntact
    case .checkpoints(let differences): differences.isSame
    }
  }

  /// - Parameter showsAll: lists every metric and tensor that differs.
  package func text(showsAll: Bool = false) -> String {
    switch self {
    case .runs(let diff): diff.text(showsAll: showsAll)
    case .recordings(let report): report.text(limit: showsAll ? .max : 20)
    case .checkpoints(let differences):
      (showsAll ? differences.lines(limit: .max) : differences.lines()).map { $0 + "\n" }.joined()
    }
  }

  package var json: JSONValue {
    switch self {
    case .runs(let diff): diff.json
    case .recordings(let report): report.json
    case .checkpoints(let differences): differences.json
    }
  }
}
