import SwerveFiles
import SwerveText

/// The project of a script: the folder to which its recorded path is relative.
///
/// That is the nearest folder above the script that has a `golden` folder; else the working folder, if the script is in
/// it; else the script's own folder. So a record has the same path wherever the project lies.
package struct Project: Equatable, Sendable {
  /// Absolute.
  package let root: String
  /// The script's path from the root.
  package let script: String

  /// - Parameter wanted: the expected kind of file, for errors.
  /// - Throws: ScriptFileError if there is no such script.
  package init(script path: String, wanted: String = "a Lua file that returns a stage") throws {
    guard let absolute = Path.absolute(path) else {
      let reason =
        POSIXFile.kind(path) == nil ? "no such file" : "the whole path is not UTF-8; records keep paths as text"
      throw ScriptFileError(path: path, reason: reason, wanted: wanted)
    }
    if POSIXFile.kind(absolute) != .file {
      throw ScriptFileError(path: path, reason: "it is not a file", wanted: wanted)
    }
    let folder = Path.parent(absolute)
    root = Self.root(above: folder) ?? folder
    script = absolute.rest(after: root == "/" ? root : root + "/") ?? absolute
  }

  /// Makes a project from its parts, as a record has them.
  package init(root: String, script: String) {
    self.root = root
    self.script = script
  }

  package var golden: String { Path.join(root, "golden") }
  package var scriptFolder: String { Path.join(root, Path.parent(script)) }

  /// The root of the working folder's project, if that project has the script. This is for records that were copied
  /// elsewhere together with their project.
  static func root(holding script: String) -> String? {
    guard let working = Path.absolute("."), let root = root(above: working) else { return nil }
    return POSIXFile.kind(Path.join(root, script)) == .file ? root : nil
  }

  private static func root(above folder: String) -> String? {
    var candidate = folder
    while true {
      if POSIXFile.kind(Path.join(candidate, "golden")) == .folder { return candidate }
      if candidate == "/" { break }
      candidate = Path.parent(candidate)
    }
    guard let working = Path.absolute("."), folder === working || folder.beginsExactly(with: working + "/") else {
      return nil
    }
    return working
  }
}

/// A path that was given as a script but is not one.
package struct ScriptFileError: UserFacingError, Equatable {
  package let message: String
  package let hint: String?

  init(path: String, reason: String, wanted: String) {
    message = "cannot read the script \(path): \(reason)"
    let other = path + ".lua"
    hint = POSIXFile.kind(other) == .file ? "did you mean \(other)?" : "give the path of \(wanted)"
  }
}
