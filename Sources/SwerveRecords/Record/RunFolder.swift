import SwerveFiles
import SwerveText

/// A Lua file that a run loaded, to be copied into its folder. `path` is relative to script/ and stays inside it.
package struct ScriptSource: Equatable, Sendable {
  @ExactString package private(set) var path: String
  package let bytes: [UInt8]

  package init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }
}

/// A run's folder and the names in it.
package struct RunFolder: Equatable, Sendable {
  package let path: String

  package init(path: String) { self.path = Path.withoutEndSlash(path) }

  package var manifest: String { path + "/manifest.json" }
  package var metrics: String { path + "/metrics.jsonl" }
  package var samples: String { path + "/samples.jsonl" }
  /// What stages of classification read, and what their evaluations found. Other runs don't have it.
  package var classification: String { path + "/classification.jsonl" }
  package var result: String { path + "/result.json" }
  package var checksums: String { path + "/" + RunChecksums.fileName }
  package var script: String { path + "/script" }
  /// The checkpoints that the script read, each named by its digest. Only a run that was unpacked has them.
  package var inputs: String { path + "/inputs" }
  package var checkpoints: String { path + "/checkpoints" }
  package var position: String { checkpoints + "/position.json" }

  package func checkpoint(stage: String) -> String { "\(checkpoints)/\(Self.checkpointName(stage: stage))" }

  package static func checkpointName(stage: String) -> String { "\(Path.fileName(stage)).safetensors" }

  /// A checkpoint from which a run can resume in the middle of a stage. No stage's name contains `@`, so no final
  /// checkpoint of a stage has such a name.
  package func snapshot(stage: String, step: Int) -> String {
    "\(checkpoints)/\(Path.fileName(stage))@\(step).safetensors"
  }

  /// Creates the folder of a new run with its manifest and script copies. It appears under its name completely or not
  /// at all: everything is written under a temporary name, and then the folder is renamed.
  /// - Parameters:
  ///   - path: the path that the user chose, which must not exist; nil for `runsFolder/NAME-SEED-HASH`, where -2, -3,
  ///     ... is added while the name is taken.
  /// - Throws: `RecordError.folderExists`, `.badSourcePath`, `.file` when something cannot be written.
  package static func create(
    at path: String?, runsFolder: String = "runs", manifest: Manifest, sources: [ScriptSource]
  ) throws -> RunFolder {
    if let path, POSIXFile.kind(path) != nil { throw RecordError.folderExists(path: path) }
    let parent = path.map(Path.parent) ?? runsFolder
    let created = try POSIXFile.makeFolders(parent)
    do {
      let temporary = try makeTemporary(in: parent)
      do {
        try fill(temporary, manifest: manifest, sources: sources)
        return try place(temporary, at: path, parent: parent, manifest: manifest)
      } catch {
        try? POSIXFile.remove(temporary.path)
        throw error
      }
    } catch {
      for folder in created.reversed() { POSIXFile.removeIfEmpty(folder) }
      throw error
    }
  }

  private static let temporaryPrefix = ".swerve-tmp-"

  /// Removes the temporary folders of processes of this machine that were killed while they made a run folder. Whether
  /// a process of another machine still runs can't be known, so its folders stay.
  private static func removeOrphans(in parent: String) {
    for name in (try? POSIXFile.list(parent)) ?? [] {
      guard let parts = name.rest(after: temporaryPrefix)?.pieces(at: "-", omittingEmpty: false) else { continue }
      guard parts.count >= 2, let process = Int(parts[parts.count - 2]), !POSIXFile.isRunning(process) else { continue }
      let machine = parts.dropLast(2).joined(separator: "-")
      // Names of early versions don't contain the machine.
      if ["", POSIXFile.machineName].containsExactly(machine) { try? POSIXFile.remove(Path.join(parent, name)) }
    }
  }

  private static func makeTemporary(in parent: String) throws -> RunFolder {
    removeOrphans(in: parent)
    var counter = 0
    while true {
      let path = Path.join(parent, "\(temporaryPrefix)\(POSIXFile.machineName)-\(POSIXFile.processNumber)-\(counter)")
      do {
        if try POSIXFile.makeFolder(path) { return RunFolder(path: path) }
      } catch FileError.system(_, _, let code) {
        throw FileError.system(FileOperation("create a run folder in", .entry), path: parent, code: code)
      }
      counter += 1
    }
  }

  private static func fill(_ folder: RunFolder, manifest: Manifest, sources: [ScriptSource]) throws {
    for source in sources {
      let names = source.path.pieces(at: "/", omittingEmpty: false)
      guard !names.contains(where: { ["", ".", ".."].containsExactly($0) }) else {
        throw RecordError.badSourcePath(source.path)
      }
      let copy = folder.script + "/" + source.path
      try POSIXFile.makeFolders(Path.parent(copy))
      try POSIXFile.writeAtomically(source.bytes, to: copy)
    }
    try POSIXFile.makeFolders(folder.checkpoints)
    try POSIXFile.writeAtomically(manifest.json.pretty(), to: folder.manifest)
  }

  /// NAME-SEED-HASH.
  package static func name(_ manifest: Manifest) -> String {
    "\(Path.fileName(manifest.name))-\(manifest.inputs.seed)-\(manifest.inputs.digest.leading(8))"
  }

  /// Gives the filled folder its name.
  private static func place(
    _ temporary: RunFolder, at path: String?, parent: String, manifest: Manifest
  ) throws -> RunFolder {
    if let path {
      guard try POSIXFile.moveFolder(temporary.path, to: path) else { throw RecordError.folderExists(path: path) }
      try POSIXFile.syncFolder(parent)
      return RunFolder(path: path)
    }
    let name = name(manifest)
    var number = 1
    while true {
      let path = Path.join(parent, number == 1 ? name : "\(name)-\(number)")
      if try POSIXFile.moveFolder(temporary.path, to: path) {
        try POSIXFile.syncFolder(parent)
        return RunFolder(path: path)
      }
      number += 1
    }
  }
}
