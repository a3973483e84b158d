import SwerveText

/// A path that was given as that of a script, and is none.
package struct ScriptFileError: UserFacingError, Equatable {
  package let message: String
  package let hint: String?

  init(path: String, reason: String, wanted: String) {
    message = "cannot read the script \(path): \(reason)"
    let other = path + ".lua"
    hint = POSIXFile.kind(other) == .file ? "did you mean \(other)?" : "give the path of \(wanted)"
  }
}
