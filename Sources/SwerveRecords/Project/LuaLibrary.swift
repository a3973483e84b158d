import SwerveFiles
import SwerveText

/// The folder `lua` that comes with swerve.
package enum LuaLibrary {
  /// SWERVE_LUA if set; else `share/swerve/lua` or `lua` next to the program or in a folder above it; else in a folder
  /// above the working folder.
  /// - Throws: FileError if none contains swerve/init.lua.
  package static func folder() throws -> String {
    if let folder = Environment.value("SWERVE_LUA") {
      if isLibrary(folder) { return folder }
      throw FileError.refused(
        FileOperation("find the Lua library in SWERVE_LUA"), path: folder, reason: "it holds no swerve/init.lua")
    }
    for start in ["/proc/self/exe", "."].compactMap(Path.absolute) {
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

  /// Whether a recorded path belongs to a file of the library.
  package static func holds(_ path: String) -> Bool { path.beginsExactly(with: "lua/swerve/") }

  /// The file for a recorded path of the library.
  package static func place(_ path: String, in folder: String) -> String {
    Path.join(folder, path.rest(after: "lua/") ?? path)
  }

  private static func isLibrary(_ folder: String) -> Bool {
    POSIXFile.kind(Path.join(folder, "swerve/init.lua")) == .file
  }
}
