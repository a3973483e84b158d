import SwerveText

/// Paths of files that a script names. They are relative to its folder and must not leave it.
enum ScriptPath {
  /// Checks a path for the option `from`.
  static func checkCheckpoint(_ path: String) throws {
    guard let problem = problem(path) else { return }
    throw ScriptError(
      "option 'from' must be a stage or the path of a checkpoint below the script's folder, got \(quoted(path)): "
        + problem,
      hint: "copy the checkpoint beside the script, so that the experiment can be repeated elsewhere")
  }

  /// What is wrong with a path; nil: nothing.
  static func problem(_ path: String) -> String? {
    let parts = path.pieces(at: "/", omittingEmpty: false)
    if path.isEmpty { return "it is empty" }
    if path.beginsExactly(with: "/") { return "it is absolute" }
    if parts.containsExactly("..") { return "'..' may lead out of the script's folder" }
    if path.unicodeScalars.contains(where: { $0.value < 32 }) { return "it has a control character" }
    if path.endsExactly(with: "/") { return "it names a folder" }
    return nil
  }

  /// A file below the script's folder that is an input of the run. A record keeps copies of it, as of Lua files.
  /// - Parameters:
  ///   - function: as the script called it, such as "swerve.text".
  ///   - ending: what its name must end in.
  ///   - limit: its most bytes.
  /// - Throws: ScriptError without a place for a path that is none, and where there is no such file.
  static func file(
    _ path: String, function: String, ending: String, atMost limit: Int, _ host: ScriptHost
  ) throws -> ScriptFile {
    try check(path, function: function, endings: [ending], host)
    return try existing(path, try host.text(path, atMost: limit))
  }

  /// - Throws: ScriptError without a place for a file that is not there.
  static func existing<File>(_ path: String, _ file: File?) throws -> File {
    guard let file else { throw ScriptError("there is no file \(quoted(path)) below the script's folder") }
    return file
  }

  /// Checks a path as `file` does, before anything is read.
  /// - Parameter endings: one of which its name must end in.
  static func check(_ path: String, function: String, endings: [String], _ host: ScriptHost) throws {
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
    guard endings.contains(where: { path.endsExactly(with: $0) }) else {
      let words = endings.joined(separator: " or ")
      throw ScriptError("\(function) reads files whose names end in \(words), got \(quoted(path))")
    }
  }
}
