import SwerveFiles
import SwerveText

/// What `swerve test` runs for some paths, in the order of its report.
package struct TestPlan: Sendable {
  /// Golden files.
  package let goldens: [String]
  /// The NAME.txt of each transcript; it may not exist yet.
  package let transcripts: [String]
  /// Files of tests in Lua; none if results are recorded.
  package let tests: [String]
  /// The paths themselves.
  private let paths: [String]

  /// - Parameters:
  ///   - paths: goldens, scripts, transcripts, files of tests, or folders; none for the working folder.
  ///   - records: if true, Lua tests are left out, because results are recorded.
  /// - Throws: GoldenError, FileError or UsageError for a path that refers to nothing.
  package init(_ paths: [String], records: Bool) throws {
    let given = paths.isEmpty ? ["."] : paths
    let transcripts = try given.map { try Transcript.find($0) }
    // A file is either a transcript, a file of tests, or the golden of a run.
    let recorded = zip(given, transcripts).filter { path, found in
      (found.isEmpty || POSIXFile.kind(path) == .folder) && !LuaTest.isTest(path)
    }.map(\.0)
    self.paths = given
    goldens = recorded.isEmpty ? [] : try GoldenTest.find(recorded)
    self.transcripts = transcripts.flatMap { $0 }
    tests = records ? [] : try LuaTest.find(paths)
  }

  package var isEmpty: Bool { goldens.isEmpty && transcripts.isEmpty && tests.isEmpty }

  /// The pending changes now: those in the folders, and those next to the files.
  package func pending() throws -> [PendingChange] {
    let folders = paths.filter { POSIXFile.kind($0) == .folder }
    let recorded = goldens + transcripts
    let parents = recorded.map(Path.parent).distinct
    let besides = try parents.flatMap(PendingChange.find).filter { recorded.containsExactly($0.replaces) }
    return try (folders.flatMap(PendingChange.find) + besides).reduce(into: []) { found, change in
      if !found.contains(where: { $0.path === change.path }) { found.append(change) }
    }
  }
}
