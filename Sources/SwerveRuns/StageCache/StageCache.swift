import Glibc
import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// Results of stages that runs in one folder share, so that a sweep pre-trains once.
///
/// RUNS/.stages/KEY/ holds stage.json (the facts that the key is made of, every step and sample as they stand in a run, a
/// digest of it all) and weights.safetensors. It is a cache: a folder that is gone or damaged is computed again, and all
/// of it can be removed at any time. Replays and golden tests never look at it.
package struct StageCache {
  static let format = 1
  /// The folder of all entries.
  let folder: String
  let script: LoadedScript

  package init(folder: String, script: LoadedScript) {
    self.folder = folder
    self.script = script
  }

  /// The folder for runs that are made in a folder.
  package static func folder(runs: String) -> String { Path.join(runs, ".stages") }

  /// nil for a stage that isn't kept: what decides its bits is not known.
  /// - Parameter finished: stages of the run that are done.
  func key(_ stage: String, finished: [StageResult]) throws -> StageKey? {
    guard let stage = script.plan.stages.first(where: { $0.name === stage }) else { return nil }
    switch stage.source {
    case .fresh: return StageKey(stage, script, source: nil)
    case .checkpoint(let path):
      return StageKey(stage, script, source: try Digest.ofFile(script.place(ofCheckpoint: path)))
    case .stage(let name):
      guard let digest = finished.first(where: { $0.name === name })?.weightsSHA256 else { return nil }
      return StageKey(stage, script, source: digest)
    }
  }

  func place(_ key: StageKey) -> String { Path.join(folder, key.name) }

  /// Waits until no other process computes this stage.
  /// - Parameter isCancelled: ends the wait.
  /// - Returns: nil when cancelled. Two processes may hold a lock each; both compute the same.
  func lock(_ key: StageKey, isCancelled: () -> Bool, willWait: () -> Void) throws -> FileLock? {
    try POSIXFile.makeFolders(folder)
    let path = place(key) + ".lock"
    var hasTold = false
    while !isCancelled() {
      if let lock = try FileLock(file: path) { return lock }
      if !hasTold { willWait() }
      hasTold = true
      usleep(100_000)
    }
    return nil
  }

  /// Leaves nothing behind where nothing was kept.
  func removeIfEmpty() { POSIXFile.removeIfEmpty(folder) }

  /// nil for a stage that is not there, or not whole.
  func read(_ key: StageKey) -> StoredStage? {
    let place = place(key)
    guard POSIXFile.kind(place) == .folder else { return nil }
    guard let stored = try? StoredStage(place, key, mode: script.settings.math) else {
      // Damaged: it is made again.
      try? POSIXFile.remove(place)
      return nil
    }
    return stored
  }

  /// Keeps a stage of a run that has just finished it.
  /// - Throws: FileError for files that can't be written; the run itself is not harmed.
  func keep(_ key: StageKey, stage: String, of run: RunFolder, weightsSHA256: String) throws {
    let temporary = place(key) + ".tmp-\(POSIXFile.processNumber)"
    if POSIXFile.kind(temporary) != nil { try POSIXFile.remove(temporary) }
    _ = try POSIXFile.makeFolder(temporary)
    defer { if POSIXFile.kind(temporary) != nil { try? POSIXFile.remove(temporary) } }
    let content = try StoredStage.content(key, stage: stage, of: run, weightsSHA256: weightsSHA256)
    try POSIXFile.writeAtomically(content.compact() + "\n", to: temporary + "/stage.json")
    let weights = run.checkpoint(stage: stage)
    // A second name for the same bytes; a copy where the file system has no such thing.
    if link(weights, temporary + "/weights.safetensors") != 0 {
      try POSIXFile.writeAtomically(try POSIXFile.read(weights), to: temporary + "/weights.safetensors")
    }
    _ = try POSIXFile.moveFolder(temporary, to: place(key))
  }
}
