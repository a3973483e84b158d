import SwerveFiles
import SwerveRecords
import SwerveScript
import SwerveText

/// What `swerve new` does: a folder with an experiment that runs.
package enum Starter {
  /// - Parameter path: the path of the folder to make; its last component is the name of the experiment.
  /// - Returns: the paths of the files that were written, relative to `path`, the script first.
  /// - Throws: UsageError if the path exists already or the name is not valid; FileError.
  package static func create(_ path: String) throws -> [String] {
    let path = Path.withoutEndSlash(path)
    let name = Path.name(path)
    guard !name.beginsExactly(with: "."), !name.isEmpty, name === Path.fileName(name) else {
      throw UsageError(
        "a name for an experiment is letters, digits, '-', '_' and '.', not starting with '.', got \(String(reflecting: name))"
      )
    }
    try ReservedName.refuse(name, path: name + ".lua")
    if POSIXFile.kind(path) != nil {
      throw UsageError(
        "\(path) exists already, and nothing is overwritten", hint: "give another name, or remove it")
    }
    let library = try libraryCopies()
    let created = try POSIXFile.makeFolders(path)
    do {
      let starter = StarterFiles.make(name)
      for (file, text) in starter + library {
        let place = Path.join(path, file)
        try POSIXFile.makeFolders(Path.parent(place))
        try POSIXFile.writeAtomically(text, to: place)
      }
      return starter.map(\.path)
    } catch {
      try? POSIXFile.remove(path)
      for folder in created.reversed() { POSIXFile.removeIfEmpty(folder) }
      throw error
    }
  }

  /// The files for editors: the host's stubs and the library's files.
  private static func libraryCopies() throws -> [(path: String, text: String)] {
    let folder = try LuaLibrary.folder()
    let to = StarterFiles.editorFolder + "/lua/"
    return [(to + "_meta/swerve.lua", ScriptAPI.stubs())]
      + (try luaFiles(folder, below: "swerve").map { (to + $0, try POSIXFile.text(Path.join(folder, $0))) })
  }

  private static func luaFiles(_ folder: String, below: String) throws -> [String] {
    try POSIXFile.list(Path.join(folder, below)).flatMap { name -> [String] in
      let path = Path.join(below, name)
      switch POSIXFile.kind(Path.join(folder, path)) {
      case .folder: return try luaFiles(folder, below: path)
      default: return name.endsExactly(with: ".lua") ? [path] : []
      }
    }
  }
}
