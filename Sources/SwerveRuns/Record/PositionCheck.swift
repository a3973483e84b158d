/// Whether a run that ended before its end could go on, without going on with it.
enum PositionCheck {
  /// Of a position that an early swerve wrote, which no run goes on from.
  private static let earlyFormat = 1

  /// - Throws: an error that names the file which is not what was written; `.locked` while another process writes the run.
  static func run(_ run: RecordedRun) throws {
    let folder = run.folder
    guard POSIXFile.kind(folder.position) != nil else { return }
    let lock = try FileReader(folder.metrics)
    guard lock.keepFromWriters() else { throw RecordError.locked(path: run.path) }
    try withExtendedLifetime(lock) {
      do {
        try check(folder, run.manifest, try RunPosition.read(folder.position))
      } catch FileError.formatVersion(_, _, earlyFormat, _) {}
    }
  }

  private static func check(_ folder: RunFolder, _ manifest: Manifest, _ position: RunPosition) throws {
    _ = try StoppedRun.steps(folder, manifest, position)
    _ = try StoppedRun.samples(folder, position)
    let finished = position.finished.map { (path: folder.checkpoint(stage: $0.stage), weights: $0.weights) }
    let snapshots = (position.kept + [position.snapshot].compactMap(\.self)).map {
      (path: Path.join(folder.checkpoints, $0.file), weights: $0.weightsSHA256)
    }
    for (path, weights) in finished + snapshots {
      try StoppedRun.require(try CheckpointFile.read(path), weights, path)
    }
  }
}
