import Glibc
import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// Results of stages, shared by the runs in one folder, so that a sweep pre-trains only once.
///
/// RUNS/.stages/KEY/ contains stage.json and weights.safetensors. stage.json has the facts from which the key is made,
/// every step and sample as a run has them, and a digest of all this. It is a cache: if a folder is missing or damaged,
/// the stage is computed again, and everything can be removed at any time. Replays and golden tests never use it.
package struct StageCache {
  static let format = 1
  /// The folder of all entries.
  let folder: String
  let script: LoadedScript

  package init(folder: String, script: LoadedScript) {
    self.folder = folder
    self.script = script
  }

  /// The cache's folder for runs in the folder `runs`.
  package static func folder(runs: String) -> String { Path.join(runs, ".stages") }

  /// The keys of a stage.
  struct Keys {
    /// Made of what the stage's functions can reach; nil where it has none, and where that can't be told.
    let functions: StageKey?
    /// Made of the whole script, where the stage has functions.
    let script: StageKey

    /// In the order in which entries are looked for. Who computes the stage holds the lock of the first.
    var all: [StageKey] { [functions, script].compactMap(\.self) }
  }

  /// nil for a stage that can't be cached, because it is not known what decides its bits.
  /// - Parameter finished: the finished stages of the run.
  func keys(_ stage: String, finished: [StageResult]) throws -> Keys? {
    guard let stage = script.plan.stages.first(where: { $0.name === stage }), stage.cacheFacts != nil else {
      return nil
    }
    let source: String?
    switch stage.source {
    case .fresh: source = nil
    case .checkpoint(let path): source = try script.files(ofModel: path).digest()
    case .stage(let name):
      guard let digest = finished.first(where: { $0.name === name })?.weightsSHA256 else { return nil }
      source = digest
    }
    return StageKey(stage, script, source: source).map { key in
      Keys(functions: StageKey(stage, script, source: source, scope: .functions), script: key)
    }
  }

  /// Call it before a stage is computed, so that `keep` knows what its functions looked at.
  func willCompute() { script.experiment.forgetObservations() }

  func place(_ key: StageKey) -> String { Path.join(folder, key.name) }

  /// Waits until no other process computes this stage.
  /// - Parameter isCancelled: ends the wait.
  /// - Returns: the lock; nil if cancelled. In rare cases two processes can both hold such a lock (see `FileLock`).
  ///   Then both compute the stage, with the same result.
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

  /// Removes the cache's folder if it is empty.
  func removeIfEmpty() { POSIXFile.removeIfEmpty(folder) }

  /// Reads a stage; nil if it is missing or damaged.
  func read(_ key: StageKey) -> StoredStage? {
    let place = place(key)
    guard POSIXFile.kind(place) == .folder else { return nil }
    guard let stored = try? StoredStage(place, key, mode: script.settings.math) else {
      // The entry is damaged and will be made again.
      try? POSIXFile.remove(place)
      return nil
    }
    return stored
  }

  /// Stores a stage that a run has just finished: under the key of its functions, unless these looked at something that
  /// the key does not tell.
  /// - Throws: FileError for files that can't be written; the run itself is not harmed.
  func keep(_ keys: Keys, stage: String, of run: RunFolder, weightsSHA256: String) throws {
    let key = script.experiment.hasObserved ? keys.script : keys.all[0]
    try keep(key, stage: stage, of: run, weightsSHA256: weightsSHA256)
  }

  private func keep(_ key: StageKey, stage: String, of run: RunFolder, weightsSHA256: String) throws {
    let temporary = place(key) + ".tmp-\(POSIXFile.processNumber)"
    if POSIXFile.kind(temporary) != nil { try POSIXFile.remove(temporary) }
    _ = try POSIXFile.makeFolder(temporary)
    defer { if POSIXFile.kind(temporary) != nil { try? POSIXFile.remove(temporary) } }
    let content = try StoredStage.content(key, stage: stage, of: run, weightsSHA256: weightsSHA256)
    try POSIXFile.writeAtomically(content.compact() + "\n", to: temporary + "/stage.json")
    let weights = run.checkpoint(stage: stage)
    // Use a hard link to the same bytes; if the file system has none, a copy.
    if link(weights, temporary + "/weights.safetensors") != 0 {
      try POSIXFile.writeAtomically(try POSIXFile.read(weights), to: temporary + "/weights.safetensors")
    }
    _ = try POSIXFile.moveFolder(temporary, to: place(key))
  }
}
