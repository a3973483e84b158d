import LuaRuntime
import SwerveText

/// swerve.text
enum TextFile {
  /// A record keeps copies of files with this ending, as of Lua files.
  static let ending = ".txt"

  static func read(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let path = arguments[0].asString
    if host.hasLoaded {
      throw ScriptError(
        "swerve.text was called by a hook; it reads files only while the script loads",
        hint: "read the file once, at the top of the script: local text = swerve.text \(quoted(path))")
    }
    let plain = path.pieces(at: "/", omittingEmpty: false).allSatisfy { !["", "."].containsExactly($0) }
    if let problem = ScriptPath.problem(path) ?? (plain ? nil : "'.' and empty names do not belong there") {
      throw ScriptError(
        "swerve.text needs the path of a file below the script's folder, got \(quoted(path)): \(problem)",
        hint: "copy the file beside the script, so that the experiment can be repeated elsewhere")
    }
    guard path.endsExactly(with: ending) else {
      throw ScriptError("swerve.text reads files whose names end in \(ending), got \(quoted(path))")
    }
    guard let file = try host.text(path) else {
      throw ScriptError("there is no file \(quoted(path)) below the script's folder")
    }
    return [.string(file.text)]
  }
}
