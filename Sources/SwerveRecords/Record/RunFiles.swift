import SwerveFiles
import SwerveText

/// The files of a run folder, by their paths in the folder.
package enum RunFiles {
  /// The limits for the path of a copied script: nested folders, and bytes. They leave room for the path of the run's
  /// folder in front.
  private static let mostFolders = 128, longestPath = 1024

  /// Every file in bytewise order of path. Hidden files are listed only among the scripts. Temporary files of
  /// interrupted writes are never listed.
  /// - Throws: FileError for a symbolic link, a device or a pipe, which no run folder has.
  package static func list(_ folder: RunFolder) throws -> [String] {
    try list(folder.path, prefix: "", depth: 0).sortedExactly()
  }

  private static func list(_ folder: String, prefix: String, depth: Int) throws -> [String] {
    try POSIXFile.list(folder).filter { isListed($0, isScript: !prefix.isEmpty) }.flatMap { name -> [String] in
      let path = folder + "/" + name
      let kind = POSIXFile.isLink(path) ? .other : POSIXFile.kind(path)
      switch kind {
      case .folder where depth <= mostFolders: return try list(path, prefix: prefix + name + "/", depth: depth + 1)
      case .file: return [prefix + name]
      default:
        throw FileError.refused(
          FileOperation("use"), path: path,
          reason: "a run folder holds files and folders, at most \(mostFolders) inside each other")
      }
    }
  }

  private static func isListed(_ name: String, isScript: Bool) -> Bool {
    isScript ? !POSIXFile.isTemporary(name) : !name.beginsExactly(with: ".")
  }

  /// Why a script's file could not be copied into a run folder, listed and packed; nil: it can. This is checked before
  /// anything is trained.
  package static func problem(ofScript path: String) -> String? {
    let names = path.pieces(at: "/", omittingEmpty: false)
    if path.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
      return "its path has a control character, which the lists of a record have no place for"
    }
    if path.utf8.count > longestPath || names.count > mostFolders {
      return "a record keeps paths of at most \(longestPath) bytes and \(mostFolders) names, and this one has "
        + "\(path.utf8.count) bytes and \(names.count) names"
    }
    if let name = names.first(where: POSIXFile.isTemporary) {
      return "\(name.debugDescription) is a name of swerve's own files while they are written"
    }
    return nil
  }

  /// Whether a relative path cannot leave the folder to which it is relative.
  package static func isSafe(_ path: String) -> Bool {
    let names = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return path.utf8.count <= 4096 && names.count <= mostFolders + 2 && !path.utf8.contains(0)
      && names.allSatisfy { name in
        !name.isEmpty && name.count <= 255 && !name.elementsEqual(".".utf8) && !name.elementsEqual("..".utf8)
      }
  }
}
