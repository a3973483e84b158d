import LuaRuntime
import SwerveFiles
import SwerveRecords
import SwerveScript
import SwerveText

/// Files of unit tests in Lua, for `swerve test`.
package enum LuaTest {
  package static let ending = "_test.lua"

  /// The result of one file.
  package struct Outcome {
    package let file: String
    /// The cases, or the error that prevented the file from running.
    package let result: Result<[TestCase], any Error>
  }

  package static func isTest(_ path: String) -> Bool { path.endsExactly(with: ending) }

  /// The files of tests that some paths mean: a file stands for itself. A folder stands for the files below its `lua`
  /// and `examples` folders, or for all files below it if it has neither. Other files are ignored.
  /// - Throws: FileError for a path that does not exist.
  package static func find(_ paths: [String]) throws -> [String] {
    var found: [String] = []
    for path in paths.isEmpty ? ["."] : paths {
      switch POSIXFile.kind(path) {
      case .folder:
        let inner = ["lua", "examples"].map { Path.join(path, $0) }.filter { POSIXFile.kind($0) == .folder }
        for folder in inner.isEmpty ? [path] : inner { found += try tests(below: folder) }
      case .file: if isTest(path) { found.append(path) }
      default: throw FileError.refused(FileOperation("test"), path: path, reason: "no such file or folder")
      }
    }
    var seen: [String] = []
    return found.filter { path in
      let absolute = Path.absolute(path) ?? path
      if seen.containsExactly(absolute) { return false }
      seen.append(absolute)
      return true
    }
  }

  /// The files in bytewise order, with each folder at the position of its name. Hidden folders and links to folders are
  /// skipped.
  private static func tests(below folder: String) throws -> [String] {
    try POSIXFile.list(folder).flatMap { name in
      let path = Path.join(folder, name)
      if isTest(name) && POSIXFile.kind(path) == .file { return [path] }
      guard !name.beginsExactly(with: "."), POSIXFile.kind(path) == .folder, !POSIXFile.isLink(path) else { return [] }
      return try tests(below: path)
    }
  }

  /// Runs a file of tests. Modules are found next to it, as for a script.
  package static func run(
    _ path: String, limits: LuaLimits = LuaLimits(), output: @escaping (String) -> Void
  ) -> Outcome {
    Outcome(
      file: path,
      result: Result {
        let source = ScriptFile(path: path, text: try POSIXFile.text(path))
        let library = LibraryOnDemand(folder: try Project(script: path).scriptFolder)
        return try ScriptAPI.runTests(source, limits: limits, library: library, output: output)
      })
  }
}
