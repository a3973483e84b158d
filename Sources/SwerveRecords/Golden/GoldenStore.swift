import SwerveFiles
import SwerveText

/// The golden files of a folder, by name.
package struct GoldenStore: Sendable {
  package let folder: String
  /// True in continuous integration; then nothing is ever written.
  package let isCI: Bool

  package static let ending = ".jsonl"
  package static let newEnding = ".new.jsonl"

  package init(folder: String, isCI: Bool) {
    self.folder = Path.withoutEndSlash(folder)
    self.isCI = isCI
  }

  package func path(_ name: String) -> String { Path.join(folder, name + Self.ending) }

  /// The file for a result that differs from the golden.
  package func newPath(_ name: String) -> String { Path.join(folder, name + Self.newEnding) }

  package static func name(ofGolden path: String) -> String { Path.name(path).start(before: ending) ?? Path.name(path) }

  /// The name of a script's golden: its file name without .lua.
  package static func name(ofScript path: String) -> String { Path.name(path).start(before: ".lua") ?? Path.name(path) }

  /// Whether a golden of this name may be a script's: its file name without .lua, or with the name of its folder and "-"
  /// in front, as two folders may have scripts of one name. A script with several goldens, each with options of its own,
  /// has the others with a "." and a word behind, such as `sums.short`.
  package static func isName(_ name: String, ofScript path: String) -> Bool {
    let own = Self.name(ofScript: path)
    return [own, Path.name(Path.parent(path)) + "-" + own].contains { known in
      if known === name { return true }
      guard let word = name.rest(after: known + ".") else { return false }
      return !word.isEmpty && !word.containsExactly("/")
    }
  }

  /// The names of all goldens in bytewise order; empty when the folder does not exist.
  package func names() throws -> [String] {
    guard POSIXFile.kind(folder) != nil else { return [] }
    return try POSIXFile.list(folder)
      .filter { !$0.endsExactly(with: Self.newEnding) && !$0.beginsExactly(with: ".") }
      .compactMap { $0.start(before: Self.ending) }
  }

  package func read(_ name: String) throws -> GoldenFile { try GoldenFile.read(path(name)) }

  /// Writes the differing result next to the golden and returns its path. In CI it writes nothing and returns nil.
  package func writeNew(_ name: String, _ golden: GoldenFile) throws -> String? {
    try ReservedName.refuse(name, path: golden.header.script)
    if isCI { return nil }
    try POSIXFile.writeAtomically(golden.text, to: newPath(name))
    return newPath(name)
  }

  /// Removes a pending change after there is nothing left to decide. In CI it stays.
  package func removeNew(_ name: String) throws {
    if !isCI && POSIXFile.kind(newPath(name)) != nil { try POSIXFile.remove(newPath(name)) }
  }

  /// Makes this the golden, thinned if it is long, with the tolerance of the previous golden. Removes the pending new
  /// file. Returns the golden's path.
  /// - Throws: `GoldenError.reservedName`, `.emptyReason`, `.ciNeverWrites`, FileError, and what is wrong with the old golden's
  ///   header, whose tolerance would be lost.
  package func bless(_ name: String, _ golden: GoldenFile) throws -> String {
    try ReservedName.refuse(name, path: golden.header.script)
    let path = path(name)
    guard !golden.header.reason.isBlank else { throw GoldenError.emptyReason }
    guard !isCI else { throw GoldenError.ciNeverWrites(path: path) }
    let old = POSIXFile.kind(path) == nil ? nil : try Self.header(path)
    if let old, old.script !== golden.header.script {
      throw GoldenError.ofAnotherScript(path: path, script: old.script, expected: golden.header.script)
    }
    let header = golden.header.with(tolerance: old?.tolerance ?? golden.header.tolerance)
    try POSIXFile.makeFolders(folder)
    try POSIXFile.writeAtomically(GoldenFile(header: header, recorded: golden.recorded).thinned.text, to: path)
    try removeNew(name)
    return path
  }

  /// Reads only the first line, so that a golden whose steps are damaged can still be replaced.
  private static func header(_ path: String) throws -> GoldenHeader {
    guard let header = try JSONFile.firstLine(path).map(GoldenHeader.init) else {
      throw GoldenError.notAGolden(path: path)
    }
    return header
  }
}
