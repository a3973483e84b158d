import SwerveFiles
import SwerveRecords
import SwerveTensor
import SwerveText

/// A result that differs from the recorded one and waits for a decision: NAME.new.jsonl next to a golden, NAME.new.txt
/// next to a transcript.
package struct PendingChange: Equatable, Sendable {
  package enum Kind: Sendable { case golden, transcript }

  package let kind: Kind
  /// "quick" for golden/quick.new.jsonl, "cli/bad" for golden/cli/bad.new.txt.
  package let name: String
  /// The file with the new result.
  package let path: String
  /// The file that it would replace, which may not exist.
  package let replaces: String

  // MARK: Finding

  /// The pending changes of a folder (its `golden` folder, or itself) and of the `cli` folder in it, goldens first, in bytewise
  /// order of names.
  /// - Throws: FileError.
  package static func find(_ folder: String) throws -> [PendingChange] {
    let inner = Path.join(folder, "golden")
    let golden = POSIXFile.kind(inner) == .folder ? inner : folder
    let transcripts = Path.join(golden, "cli")
    return try changes(in: golden, prefix: "")
      + (POSIXFile.kind(transcripts) == .folder ? changes(in: transcripts, prefix: "cli/") : [])
  }

  private static func changes(in folder: String, prefix: String) throws -> [PendingChange] {
    let names = try POSIXFile.list(folder).filter { !$0.beginsExactly(with: ".") }
    func found(_ kind: Kind, _ newEnding: String, _ ending: String) -> [PendingChange] {
      names.compactMap { $0.start(before: newEnding) }.map { stem in
        PendingChange(
          kind: kind, name: prefix + stem, path: Path.join(folder, stem + newEnding),
          replaces: Path.join(folder, stem + ending))
      }
    }
    return found(.golden, GoldenStore.newEnding, GoldenStore.ending)
      + found(.transcript, Transcript.newEnding, Transcript.ending)
  }

  /// The changes that match one of the patterns, in the given order.
  /// - Throws: GoldenError.noPendingChange for a pattern that matches none.
  package static func chosen(_ patterns: [String], from changes: [PendingChange]) throws -> [PendingChange] {
    for pattern in patterns where !changes.contains(where: { Glob(pattern).matches($0.name) }) {
      throw GoldenError.noPendingChange(name: pattern, known: changes.map(\.name))
    }
    return changes.filter { change in patterns.contains { Glob($0).matches(change.name) } }
  }

  // MARK: Deciding

  /// Describes for people what would change.
  /// - Throws: what is wrong with either file.
  package func difference() throws -> String {
    switch kind {
    case .golden:
      let new = try GoldenFile.read(path)
      let note = try (try? new.scriptPath()).flatMap { script in
        let now = try Digest.ofFile(script)
        if now === new.header.scriptSHA256 { return nil as String? }
        let change = GoldenChange.text(new.header.script, then: new.header.scriptSHA256, now: now)
        return "note: \(change.text): run swerve test again\n"
      }
      guard POSIXFile.kind(replaces) == .file else {
        return "there is no \(replaces) yet: \(new.recorded.trainingSteps) steps\n" + (note ?? "")
      }
      let old = try GoldenFile.read(replaces)
      return Comparison.compare(ComparedRun(old), ComparedRun(new)).text() + (note ?? "")
    case .transcript:
      let old = POSIXFile.kind(replaces) == .file ? try POSIXFile.text(replaces) : ""
      return LineDiff(text: old, try POSIXFile.text(path)).text
    }
  }

  /// Records the new result, with the reason, and removes the pending file.
  /// - Throws: GoldenError.emptyReason, .ciNeverWrites, and what is wrong with either file; an edited file is not
  ///   accepted.
  package func accept(reason: String, isCI: Bool) throws {
    switch kind {
    case .golden:
      let new = try GoldenFile.read(path)
      if let edit = new.edit { throw GoldenError.edited(path: path, detail: edit) }
      try new.requireMath(mathVersion)
      let name = GoldenStore.name(ofGolden: replaces)
      if !GoldenStore.isName(name, ofScript: new.header.script) {
        let made = GoldenStore.name(ofScript: new.header.script) + GoldenStore.ending
        throw GoldenError.orphaned(
          path: path, script: new.header.script, expected: Path.join(Path.parent(replaces), made))
      }
      let header = new.header.with(reason: reason, date: Clock.now())
      let store = GoldenStore(folder: Path.parent(replaces), isCI: isCI)
      _ = try store.bless(name, GoldenFile(header: header, recorded: new.recorded))
    case .transcript:
      try Transcript.bless(replaces, try POSIXFile.text(path), reason: reason, isCI: isCI)
    }
  }

  /// Removes the pending file.
  /// - Throws: GoldenError.ciNeverWrites, .file.
  package func reject(isCI: Bool) throws {
    if isCI { throw GoldenError.ciNeverWrites(path: path) }
    try POSIXFile.remove(path)
  }
}
