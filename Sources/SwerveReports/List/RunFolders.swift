import SwerveFiles
import SwerveRecords
import SwerveText

/// Finds the runs that a path on the command line stands for.
package enum RunFolders {
  /// The run itself, or the runs of a folder of them, such as a sweep's, in bytewise order of name.
  /// - Throws: RecordError for a folder without runs. Whether a single path is a run shows only when it is read.
  package static func find(_ path: String) throws -> [RunFolder] {
    if POSIXFile.kind(path) == .folder, POSIXFile.kind(RunFolder(path: path).manifest) == nil {
      let members = try POSIXFile.list(path).map { RunFolder(path: Path.join(path, $0)) }
        .filter { POSIXFile.kind($0.manifest) == .file }
      if members.isEmpty { throw RecordError.notARun(path: path) }
      return members
    }
    // A sweep writes a log next to each member's folder, and `SWEEP/*` also names these logs.
    let isLog = path.start(before: ".log").map { POSIXFile.kind(RunFolder(path: $0).manifest) == .file } ?? false
    return isLog ? [] : [RunFolder(path: path)]
  }
}
