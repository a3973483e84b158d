/// Whether a run folder is byte for byte what was written, as far as its own digests can tell.
package enum RunCheck {
  package struct Outcome: Equatable, Sendable {
    /// That were hashed or read.
    package let files: Int
    /// False for a run without a list of its files' digests, because it did not end or an older swerve recorded it: then only
    /// what its records say of each other was checked.
    package let isComplete: Bool

    package init(files: Int, isComplete: Bool) {
      self.files = files
      self.isComplete = isComplete
    }
  }

  /// - Throws: RunError that names the file which is not what it was.
  package static func run(_ path: String) throws -> Outcome {
    let (folder, _) = try RunReader.open(path)
    // A run that goes on removes its result first, and the list after it.
    let sums = POSIXFile.kind(folder.result) == nil ? nil : try checksums(folder)
    try sums?.verify(folder)
    let run = try RunReader.read(path)
    try run.requireIntact()
    let checkpoints = try checkpoints(run)
    if POSIXFile.kind(folder.position) != nil { _ = try RunPosition.read(folder.position) }
    try inputs(folder)
    let copies = try run.scriptCopies().count
    return Outcome(files: sums.map { $0.files.count + 1 } ?? 2 + checkpoints + copies, isComplete: sums != nil)
  }

  /// nil for a run without.
  static func checksums(_ folder: RunFolder) throws -> RunChecksums? {
    POSIXFile.kind(folder.checksums) == nil ? nil : try RunChecksums.read(folder.checksums)
  }

  /// Returns how many there are.
  private static func checkpoints(_ run: RecordedRun) throws -> Int {
    let stages = (run.result?.stages ?? []).filter { $0.checkpoint != nil }
    for stage in stages {
      let path = run.folder.checkpoint(stage: stage.name)
      let checkpoint = try CheckpointFile.read(path)
      guard checkpoint.weightsSHA256 == stage.weightsSHA256 else {
        throw RunError.checkpointDigest(
          path: path, what: "weights", recorded: (stage.weightsSHA256 ?? "nothing") + " in result.json",
          found: checkpoint.weightsSHA256)
      }
    }
    return stages.count
  }

  /// Files that came with a packed run are named by their digests.
  private static func inputs(_ folder: RunFolder) throws {
    guard POSIXFile.kind(folder.inputs) == .folder else { return }
    for name in try POSIXFile.list(folder.inputs) where !name.hasPrefix(".") {
      let path = Path.join(folder.inputs, name)
      let found = try Digest.ofFile(path)
      if found != name { throw RunError.fileChanged(path: path, recorded: name, found: found) }
    }
  }
}
