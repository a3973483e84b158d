import SwerveFiles
import SwerveRecords
import SwerveScript
import SwerveText

/// The source of a script's Lua files: the disk for a run, the copies in the run folder for a replay.
struct ScriptFiles: ScriptSources {
  /// Reads a file by its recorded path; nil if there is none.
  let read: (_ path: String) throws -> String?
  /// The script's folder as recorded, "." for the root.
  let folder: String
  /// Where a file without a copy is, by its recorded path.
  let place: (_ path: String) -> String

  func read(module: String) throws -> ScriptFile? {
    let path = path(ofModule: module)
    return try read(path).map { ScriptFile(path: path, text: $0) }
  }

  func read(text path: String, atMost limit: Int) throws -> ScriptFile? {
    let path = Path.join(folder, path)
    return try read(path).map { text in
      if text.utf8.count > limit {
        throw FileError.refused(
          FileOperation("read the text"), path: path, reason: "it has \(text.utf8.count) bytes, more than \(limit)")
      }
      return ScriptFile(path: path, text: text)
    }
  }

  func read(large path: String, above least: Int, atMost limit: Int) throws -> LargeFile? {
    let path = Path.join(folder, path)
    let place = place(path)
    guard POSIXFile.kind(place) == .file, let size = POSIXFile.size(place), size > least else { return nil }
    if size > limit {
      throw FileError.refused(
        FileOperation("read"), path: path, reason: "it has \(size) bytes, more than \(limit)")
    }
    let file = try MappedFile(place)
    return LargeFile(
      path: path, bytes: file.bytes, sha256: Digest.of(file), owner: file, release: { file.release($0) })
  }

  private func path(ofModule module: String) -> String {
    let parts = module.pieces(at: ".").joined(separator: "/")
    if module == "swerve" { return "lua/swerve/init.lua" }
    if module.beginsExactly(with: "swerve.") { return "lua/\(parts).lua" }
    return Path.join(folder, parts + ".lua")
  }

  /// Library files from the library's folder, everything else from the project.
  static func onDisk(_ project: Project, library: String) -> ScriptFiles {
    ScriptFiles(
      read: { path in
        let place =
          LuaLibrary.holds(path)
          ? LuaLibrary.place(path, in: library) : Path.join(project.root, path)
        return POSIXFile.kind(place) == .file ? try POSIXFile.text(place) : nil
      }, folder: Path.parent(project.script), place: { Path.join(project.root, $0) })
  }

  /// The copies in a run folder.
  /// - Parameter place: where a file without a copy is, by its recorded path.
  static func copies(
    _ sources: [ScriptSource], script: String, place: @escaping (_ path: String) -> String
  ) -> ScriptFiles {
    ScriptFiles(
      read: { path in sources.first { $0.path === path }.map { String(decoding: $0.bytes, as: UTF8.self) } },
      folder: Path.parent(script), place: place)
  }
}
