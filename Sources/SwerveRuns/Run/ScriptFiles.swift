import Glibc
import SwerveScript
import SwerveText

/// Where the Lua files of a script come from: the disk when it runs, the copies in a run folder when it is replayed.
struct ScriptFiles: ScriptSources {
  /// Reads a file by its recorded path; nil if there is none.
  let read: (_ path: String) throws -> String?
  /// The script's folder as recorded, "." for the root.
  let folder: String

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
          path.beginsExactly(with: LuaLibrary.recordedPrefix)
          ? LuaLibrary.place(path, in: library) : Path.join(project.root, path)
        return POSIXFile.kind(place) == .file ? try text(place) : nil
      }, folder: Path.parent(project.script))
  }

  /// The copies in a run folder.
  static func copies(_ sources: [ScriptSource], script: String) -> ScriptFiles {
    ScriptFiles(
      read: { path in sources.first { $0.path === path }.map { String(decoding: $0.bytes, as: UTF8.self) } },
      folder: Path.parent(script))
  }

  static func text(_ path: String) throws -> String {
    let bytes = try POSIXFile.read(path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError.refused(.read, path: path, reason: "it is not UTF-8 text")
    }
    return text
  }
}

/// The folder `lua` that comes with swerve.
package enum LuaLibrary {
  /// SWERVE_LUA if set; else `share/swerve/lua` or `lua` beside or above the program; else above the working folder.
  /// - Throws: FileError where none holds swerve/init.lua.
  package static func folder() throws -> String {
    if let named = getenv("SWERVE_LUA") {
      let folder = String(cString: named)
      if isLibrary(folder) { return folder }
      throw FileError.refused(
        FileOperation("find the Lua library in SWERVE_LUA"), path: folder, reason: "it holds no swerve/init.lua")
    }
    for start in ["/proc/self/exe", "."].compactMap(Project.absolute) {
      var folder = start
      while folder != "/" {
        for candidate in ["share/swerve/lua", "lua"].map({ Path.join(folder, $0) }) where isLibrary(candidate) {
          return candidate
        }
        folder = Path.parent(folder)
      }
    }
    throw FileError.refused(
      FileOperation("find the Lua library"), path: "lua/swerve/init.lua",
      reason: "it is not above the program or the working folder; set SWERVE_LUA to the folder `lua` of swerve")
  }

  /// How the recorded paths of the library's files begin.
  static let recordedPrefix = "lua/swerve/"

  /// The file of a recorded path of the library.
  static func place(_ path: String, in folder: String) -> String { Path.join(folder, path.rest(after: "lua/") ?? path) }

  private static func isLibrary(_ folder: String) -> Bool {
    POSIXFile.kind(Path.join(folder, "swerve/init.lua")) == .file
  }
}
