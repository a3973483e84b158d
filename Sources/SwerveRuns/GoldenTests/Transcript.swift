import SwerveFiles
import SwerveRecords
import SwerveText

/// Commands with a script, and their expected output. NAME.lua has the commands in its first lines (`-- $ swerve run
/// NAME.lua`). NAME.txt, next to it, has each command, what it prints, and its exit code. Such pairs are in golden/cli.
package struct Transcript {
  package enum Verdict {
    case same
    /// The first line that differs (from 1), with both texts, and the file with the new output that was written next to
    /// it, if any.
    case different(line: Int, recorded: String, found: String, new: String?)
    /// There is no NAME.txt yet; the output is in the new file.
    case missing(new: String?)
    case blessed
    case failed(any Error)
  }

  package let name: String
  /// NAME.txt.
  package let path: String
  package let verdict: Verdict
  /// The full output of the command now.
  package let found: String

  static let ending = ".txt"
  static let newEnding = ".new.txt"

  /// The path for an output that differs.
  package static func newPath(_ path: String) -> String { (path.start(before: ending) ?? path) + newEnding }

  package var isSuccess: Bool { if case .same = verdict { true } else { false } }

  // MARK: Finding

  /// The transcripts to which a path refers; none for other paths. A path can be a .txt file, a script with a command
  /// in its first line, a folder of such pairs, or a folder above golden/cli.
  package static func find(_ path: String) throws -> [String] {
    switch POSIXFile.kind(path) {
    case .file:
      if isText(path) { return [path] }
      guard let stem = path.start(before: ".lua"), !commands(ofScript: path).isEmpty else { return [] }
      return [stem + ending]
    case .folder:
      for place in ["golden/cli", "cli"].map({ Path.join(path, $0) }) + [path] where POSIXFile.kind(place) == .folder {
        let found = try transcripts(in: place)
        if !found.isEmpty { return found }
      }
      return []
    default: return []
    }
  }

  private static func transcripts(in folder: String) throws -> [String] {
    let names = try POSIXFile.list(folder)
    var texts = names.compactMap { name in
      commands(ofScript: Path.join(folder, name)).isEmpty ? nil : name.start(before: ".lua").map { $0 + ending }
    }
    // A transcript without its script is also found, and fails.
    if !texts.isEmpty { texts += names.filter { isText($0) && !texts.containsExactly($0) } }
    return texts.sortedExactly().map { Path.join(folder, $0) }
  }

  private static func isText(_ name: String) -> Bool {
    name.endsExactly(with: ending) && !name.endsExactly(with: newEnding)
  }

  private static func script(of text: String) -> String { (text.start(before: ending) ?? text) + ".lua" }

  /// The commands in a script's first lines, without "swerve"; none if the first line has none.
  private static func commands(ofScript path: String) -> [[String]] {
    guard let bytes = try? POSIXFile.read(path) else { return [] }
    var commands: [[String]] = []
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let line = String(decoding: line, as: UTF8.self)
      guard let command = (line.rest(after: "\u{feff}") ?? line).rest(after: "-- $ swerve ") else { break }
      commands.append(words(command))
    }
    return commands
  }

  /// Words that spaces separate; single quotes hold words together.
  private static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var isQuoted = false
    for scalar in line.unicodeScalars {
      if scalar == "'" {
        isQuoted.toggle()
        word = word ?? ""
      } else if scalar == " " && !isQuoted {
        if let word { words.append(word) }
        word = nil
      } else {
        word = (word ?? "") + String(scalar)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }

  // MARK: Running

  /// Runs the commands one after the other on a copy of the script, in an empty folder of their own.
  /// - Parameters:
  ///   - reason: if given, the output is recorded with this reason; that never counts as success.
  ///   - isCI: if true, nothing is written.
  package static func run(_ path: String, reason: String?, isCI: Bool) -> Transcript {
    let name = Path.name(path).start(before: ending) ?? Path.name(path)
    func result(_ verdict: Verdict, _ found: String = "") -> Transcript {
      Transcript(name: name, path: path, verdict: verdict, found: found)
    }
    do {
      let script = script(of: path)
      try ReservedName.refuse(name, path: script)
      let commands = commands(ofScript: script)
      if commands.isEmpty {
        throw UsageError(
          "the transcript \(path) needs the script \(script) with the command in its first line, -- $ swerve ...",
          hint: "restore it, or remove the transcript")
      }
      let found = try answer(commands, script: script)
      if let reason {
        try bless(path, found, reason: reason, isCI: isCI)
        return result(.blessed, found)
      }
      guard POSIXFile.kind(path) == .file else { return result(.missing(new: try writeNew(path, found, isCI)), found) }
      let recorded = try POSIXFile.text(path)
      if let line = ConflictMark.firstLine(in: recorded) { throw FileError.conflictMarks(path: path, line: line) }
      if recorded === found {
        try removeNew(path, isCI)
        return result(.same, found)
      }
      return result(difference(recorded, found, new: try writeNew(path, found, isCI)), found)
    } catch {
      return result(.failed(error))
    }
  }

  /// Records an output and keeps the reason.
  /// - Throws: GoldenError.emptyReason, .ciNeverWrites, .file.
  static func bless(_ path: String, _ answer: String, reason: String, isCI: Bool) throws {
    guard !reason.isBlank else { throw GoldenError.emptyReason }
    if isCI { throw GoldenError.ciNeverWrites(path: path) }
    try TranscriptReasons(folder: Path.parent(path)).add(Path.name(path), reason: reason, date: Clock.now())
    try POSIXFile.writeAtomically(answer, to: path)
    try removeNew(path, isCI)
  }

  private static func writeNew(_ path: String, _ answer: String, _ isCI: Bool) throws -> String? {
    if isCI { return nil }
    try POSIXFile.writeAtomically(answer, to: newPath(path))
    return newPath(path)
  }

  /// Removes a pending output after there is nothing left to decide.
  private static func removeNew(_ path: String, _ isCI: Bool) throws {
    if !isCI && POSIXFile.kind(newPath(path)) != nil { try POSIXFile.remove(newPath(path)) }
  }

  private static func answer(_ commands: [[String]], script: String) throws -> String {
    let library = try LuaLibrary.folder()
    return try POSIXFile.withTemporaryFolder("swerve-transcript") { temporary in
      // The child has another working folder.
      let folder = Path.absolute(temporary) ?? temporary
      let work = Path.join(folder, "work")
      try POSIXFile.makeFolders(work)
      try POSIXFile.writeAtomically(try POSIXFile.read(script), to: Path.join(work, Path.name(script)))
      return try commands.map { command in
        let log = Path.join(folder, "log")
        let ending = try ChildProcess(
          [try ChildProcess.thisProgram()] + command, in: work,
          environment: [("SWERVE_LUA", library), ("NO_COLOR", "1"), ("COLUMNS", "80")], log: log
        ).wait()
        return text(command, printed: try POSIXFile.text(log), ending)
      }.joined()
    }
  }

  private static func text(_ command: [String], printed: String, _ ending: ChildProcess.Ending) -> String {
    let end =
      switch ending {
      case .exit(let code): "exit code \(code)"
      case .signal(let number): "ended by signal \(number)"
      }
    let line = command.map { $0.containsExactly(" ") ? "'\($0)'" : $0 }.joined(separator: " ")
    return "$ swerve \(line)\n\(printed)\(end)\n"
  }

  private static func difference(_ recorded: String, _ found: String, new: String?) -> Verdict {
    let old = recorded.pieces(at: "\n", omittingEmpty: false)
    let lines = found.pieces(at: "\n", omittingEmpty: false)
    let isDifferent = { at in at >= old.count || at >= lines.count || old[at] !== lines[at] }
    let index = (0..<max(old.count, lines.count)).first(where: isDifferent) ?? 0
    return .different(
      line: index + 1, recorded: index < old.count ? old[index] : "(the end)",
      found: index < lines.count ? lines[index] : "(the end)", new: new)
  }
}

/// The reasons for which transcripts were recorded. They are in a file REASONS next to the transcripts, because a
/// transcript contains only the output. It has one line per transcript, "NAME.txt, DATE: REASON", in bytewise order of
/// names.
private struct TranscriptReasons {
  private let path: String

  init(folder: String) { path = Path.join(folder, "REASONS") }

  /// Replaces the line of a transcript, or adds it.
  func add(_ name: String, reason: String, date: String) throws {
    let old = POSIXFile.kind(path) == nil ? "" : try POSIXFile.text(path)
    if let line = ConflictMark.firstLine(in: old) { throw FileError.conflictMarks(path: path, line: line) }
    let words = reason.unicodeScalars.split { $0.properties.isWhitespace }.map { String($0) }.joined(separator: " ")
    let lines = old.pieces(at: "\n").filter { !$0.beginsExactly(with: name + ", ") }
    let sorted = (lines + ["\(name), \(date): \(words)"]).sortedExactly()
    try POSIXFile.writeAtomically(sorted.map { $0 + "\n" }.joined(), to: path)
  }
}
