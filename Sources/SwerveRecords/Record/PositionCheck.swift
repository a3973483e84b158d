import SwerveFiles
import SwerveText

/// Checks whether an unfinished run could be resumed, without resuming it.
enum PositionCheck {
  /// The format of positions that an early swerve wrote; runs cannot resume from them.
  private static let earlyFormat = 1

  /// - Throws: an error that names the file that was changed after it was written; `.locked` while another process
  ///   writes the run.
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
    _ = try RunPosition.steps(folder, manifest, position)
    _ = try RunPosition.samples(folder, position)
    _ = try RunPosition.classification(folder, position)
    let finished = position.finished.map { (path: folder.checkpoint(stage: $0.stage), weights: $0.weights) }
    let snapshots = (position.kept + [position.snapshot].compactMap(\.self)).map {
      (path: Path.join(folder.checkpoints, $0.file), weights: $0.weightsSHA256)
    }
    for (path, weights) in finished + snapshots {
      try RunPosition.require(try CheckpointFile.read(path), weights, path)
    }
  }
}

extension RunPosition {
  /// The steps up to a position, which are those that count; no steps without a position.
  /// - Throws: RecordError.chainBroken if the steps were changed after they were written.
  package static func steps(
    _ folder: RunFolder, _ manifest: Manifest, _ position: RunPosition?
  ) throws -> RecordedSteps {
    var reading = StepReading(inputsDigest: manifest.inputs.digest, source: .run)
    guard let position else { return reading.recorded }
    try JSONFile.forEachLine(folder.metrics, first: position.metricsBytes) { try reading.add($0) }
    reading.end(chain: position.chain)
    if let chainBreak = reading.chainBreak { throw RecordError.chainBroken(path: folder.metrics, chainBreak) }
    return reading.recorded
  }

  /// The digest of the samples that count.
  package static func samples(_ folder: RunFolder, _ position: RunPosition?) throws -> DigestInProgress {
    guard let position else { return DigestInProgress() }
    return try digest(
      of: FilePart(bytes: position.samplesBytes, sha256: position.samplesSHA256), folder.samples, folder)
  }

  /// The digest of the lines of classification.jsonl that count.
  package static func classification(_ folder: RunFolder, _ position: RunPosition?) throws -> DigestInProgress {
    try position?.classification.map { try digest(of: $0, folder.classification, folder) } ?? DigestInProgress()
  }

  private static func digest(of part: FilePart, _ path: String, _ folder: RunFolder) throws -> DigestInProgress {
    var digest = DigestInProgress()
    digest.add(try POSIXFile.read(path).prefix(part.bytes))
    guard digest.value === part.sha256 else {
      throw FileError.badField(
        path: path, line: nil, field: "the first \(part.bytes) bytes", found: digest.value,
        expected: "\(part.sha256), as \(folder.position) has it")
    }
    return digest
  }

  /// - Throws: CheckpointError.digest for a checkpoint whose weights are not those of the position.
  package static func require(_ checkpoint: Checkpoint, _ digest: String, _ path: String) throws {
    if checkpoint.weightsSHA256 !== digest {
      throw CheckpointError.digest(
        path: path, what: "weights", recorded: digest + " in position.json", found: checkpoint.weightsSHA256)
    }
  }
}
