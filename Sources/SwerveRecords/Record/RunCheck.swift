import SwerveFiles
import SwerveText

/// Checks that a run folder is byte for byte as it was written, as far as its own digests can show.
package enum RunCheck {
  package struct Outcome: Equatable, Sendable {
    /// The number of files that were hashed or read.
    package let files: Int
    /// False for a run without a list of its files' digests, because it did not end or an older swerve recorded it.
    /// Then only the consistency of its records was checked.
    package let isComplete: Bool

    package init(files: Int, isComplete: Bool) {
      self.files = files
      self.isComplete = isComplete
    }
  }

  /// The most bytes that a quick check hashes for one run, in a fraction of a second. That is everything except the
  /// checkpoints of large models.
  private static let quickBytes = 256 << 20

  /// - Throws: an error that names the file that was changed; `.locked` for a run without a result that another process
  ///   writes.
  package static func run(_ path: String) throws -> Outcome {
    let (folder, _) = try RunReader.open(path)
    // A resumed run removes its result first, and then the list.
    let sums = POSIXFile.kind(folder.result) == nil ? nil : try checksums(folder)
    try sums?.verify(folder)
    let run = try RunReader.read(path)
    try run.requireIntact()
    let checkpoints = try checkpoints(run)
    if sums == nil { try PositionCheck.run(run) }
    try inputs(folder)
    let copies = try run.scriptCopies().count
    return Outcome(files: sums.map { $0.files.count + 1 } ?? 2 + checkpoints + copies, isComplete: sums != nil)
  }

  /// Checks the parts from which no step is computed: times, machines, checkpoints. A run that another process writes
  /// is not checked, because it changes while it is read.
  /// - Parameter most: the most bytes to hash; nil: all.
  /// - Throws: an error that names the file that was changed.
  package static func surroundings(_ run: RecordedRun, atMost most: Int? = nil) throws {
    if run.result != nil, let sums = try checksums(run.folder) {
      try sums.verify(run.folder, atMost: most)
      return
    }
    do {
      _ = try checkpoints(run)
      try PositionCheck.run(run)
    } catch RecordError.locked {}
  }

  /// What shows that a run was changed after it was written, as far as a quick check can show; nil if nothing does.
  package static func edit(_ run: RecordedRun) -> String? {
    if let chainBreak = run.chainBreak { return "\(run.path): \(chainBreak.text)" }
    do {
      try surroundings(run, atMost: quickBytes)
      try run.requireConsistentFiles()
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// nil for a run without such a list.
  static func checksums(_ folder: RunFolder) throws -> RunChecksums? {
    POSIXFile.kind(folder.checksums) == nil ? nil : try RunChecksums.read(folder.checksums)
  }

  /// Returns the number of checkpoints.
  private static func checkpoints(_ run: RecordedRun) throws -> Int {
    let stages = (run.result?.stages ?? []).filter { $0.checkpoint != nil }
    for stage in stages {
      let path = run.folder.checkpoint(stage: stage.name)
      let checkpoint = try CheckpointFile.read(path)
      guard checkpoint.weightsSHA256 === stage.weightsSHA256 else {
        throw CheckpointError.digest(
          path: path, what: "weights", recorded: (stage.weightsSHA256 ?? "nothing") + " in result.json",
          found: checkpoint.weightsSHA256)
      }
    }
    return stages.count
  }

  /// Checks the files that came with a packed run; their names are their digests.
  private static func inputs(_ folder: RunFolder) throws {
    guard POSIXFile.kind(folder.inputs) == .folder else { return }
    for name in try POSIXFile.list(folder.inputs) where !name.beginsExactly(with: ".") {
      let path = Path.join(folder.inputs, name)
      let found = try Digest.ofFile(path)
      if found !== name { throw RecordError.fileChanged(path: path, recorded: name, found: found) }
    }
  }
}
