import SwerveText

/// Why transcripts were recorded as they are: a file REASONS beside them, since their own text is nothing but the answer. A line
/// for each, "NAME.txt, DATE: REASON", in bytewise order of names.
struct TranscriptReasons {
  private let path: String

  init(folder: String) { path = Path.join(folder, "REASONS") }

  /// Replaces the line of a transcript, or adds it.
  func add(_ name: String, reason: String, date: String) throws {
    let old = POSIXFile.kind(path) == nil ? "" : try ScriptFiles.text(path)
    if let line = ConflictMark.firstLine(in: old) { throw FileError.conflictMarks(path: path, line: line) }
    let words = reason.unicodeScalars.split { $0.properties.isWhitespace }.map { String($0) }.joined(separator: " ")
    let lines = old.pieces(at: "\n").filter { !$0.beginsExactly(with: name + ", ") }
    let sorted = (lines + ["\(name), \(date): \(words)"]).sortedExactly()
    try POSIXFile.writeAtomically(sorted.map { $0 + "\n" }.joined(), to: path)
  }
}
