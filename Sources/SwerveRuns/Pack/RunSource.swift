import SwerveFiles
import SwerveRecords
import SwerveText

/// A run as the command line names it: by its folder, by the name of its folder in runs/, or as a packed file.
package enum RunSource {
  /// Passes the folder of the run to `body`. For a packed run, the folder is removed afterwards.
  /// - Throws: RecordError.runNotFound for a name that matches several runs or none; what is wrong with a packed file.
  package static func withFolder<Result>(
    _ name: String, runsFolder: String = "runs", _ body: (_ folder: String) throws -> Result
  ) throws -> Result {
    let path = try find(name, runsFolder: runsFolder)
    return POSIXFile.kind(path) == .file && PackReader.isPack(path)
      ? try PackReader.withFolder(path, body) : try body(path)
  }

  /// The path itself if it exists; else the folder in `runsFolder` with that name; else the only folder whose name, or
  /// a part of its name such as the digest at the end, starts with it. If there is none, the path itself.
  /// - Throws: RecordError.runNotFound if there are several, or if there is none and the path was probably meant as the
  ///   name of a run.
  package static func find(_ name: String, runsFolder: String = "runs") throws -> String {
    guard POSIXFile.kind(name) == nil, !name.isEmpty, !name.containsExactly("/"), POSIXFile.kind(runsFolder) == .folder
    else {
      return name
    }
    let runs = try POSIXFile.list(runsFolder).filter { run in
      !run.beginsExactly(with: ".") && POSIXFile.kind(RunFolder(path: Path.join(runsFolder, run)).manifest) == .file
    }
    if runs.containsExactly(name) { return Path.join(runsFolder, name) }
    let found = runs.filter { run in
      run.beginsExactly(with: name)
        || (name.utf8.count >= 4 && run.pieces(at: "-").contains { $0.beginsExactly(with: name) })
    }
    if found.count == 1 { return Path.join(runsFolder, found[0]) }
    let candidates = found.isEmpty ? [suggestion(for: name, among: runs)].compactMap(\.self) : found
    if candidates.isEmpty { return name }
    throw RecordError.runNotFound(name: name, folder: runsFolder, candidates: candidates)
  }
}
