import LuaRuntime
import SwerveText

/// swerve.text
enum TextFile {
  private static let ending = ".txt"
  private static let mostBytes = 1 << 20

  static func read(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let path = arguments[0].asString
    let file = try ScriptPath.file(path, function: "swerve.text", ending: ending, atMost: mostBytes, host)
    return [.string(file.text)]
  }
}

extension ScriptPath {
  /// A file below the script's folder that is an input of the run. A record keeps copies of it, as of Lua files.
  /// - Parameters:
  ///   - function: as the script called it, such as "swerve.text".
  ///   - ending: what its name must end in.
  ///   - limit: its most bytes.
  /// - Throws: ScriptError without a place for a path that is none, and where there is no such file.
  static func file(
    _ path: String, function: String, ending: String, atMost limit: Int, _ host: ScriptHost
  ) throws -> ScriptFile {
    if host.hasLoaded {
      let name = function.pieces(at: ".").last ?? function
      throw ScriptError(
        "\(function) was called by a hook; it reads files only while the script loads",
        hint: "read the file once, at the top of the script: local \(name) = \(function) \(quoted(path))")
    }
    let plain = path.pieces(at: "/", omittingEmpty: false).allSatisfy { !["", "."].containsExactly($0) }
    if let problem = problem(path) ?? (plain ? nil : "'.' and empty names do not belong there") {
      throw ScriptError(
        "\(function) needs the path of a file below the script's folder, got \(quoted(path)): \(problem)",
        hint: "copy the file beside the script, so that the experiment can be repeated elsewhere")
    }
    guard path.endsExactly(with: ending) else {
      throw ScriptError("\(function) reads files whose names end in \(ending), got \(quoted(path))")
    }
    guard let file = try host.text(path, atMost: limit) else {
      throw ScriptError("there is no file \(quoted(path)) below the script's folder")
    }
    return file
  }
}
