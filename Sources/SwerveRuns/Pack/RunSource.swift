import SwerveScript
import SwerveText

/// A run as it is named on the command line: by its folder, by what its folder in runs/ is called, or as a packed file.
package enum RunSource {
  /// Hands `body` the folder of the run; that of a packed one is removed afterwards.
  /// - Throws: RecordError.runNotFound for a name that means several runs, or none; what is wrong with a packed file.
  package static func withFolder<Result>(
    _ name: String, runsFolder: String = "runs", _ body: (_ folder: String) throws -> Result
  ) throws -> Result {
    let path = try find(name, runsFolder: runsFolder)
    return POSIXFile.kind(path) == .file && PackReader.isPack(path)
      ? try PackReader.withFolder(path, body) : try body(path)
  }

  /// What is there under the path; else the folder in `runsFolder` of that name, or the only one whose name starts with it or has
  /// a part, such as the digest at its end, that does. Without any, the path itself.
  /// - Throws: RecordError.runNotFound for several, or none where one was probably meant.
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
