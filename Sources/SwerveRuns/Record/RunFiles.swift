import SwerveText

/// The files of a run folder, by their paths inside of it.
enum RunFiles {
  /// Every file in bytewise order of path. Names that start with a dot are left out: they are what a write that was cut short
  /// left.
  /// - Throws: RunError.file for a symbolic link, a device or a pipe, which no run folder has.
  static func list(_ folder: RunFolder) throws -> [String] {
    try list(folder.path, prefix: "", depth: 0).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func list(_ folder: String, prefix: String, depth: Int) throws -> [String] {
    try POSIXFile.list(folder).filter { !$0.beginsExactly(with: ".") }.flatMap { name -> [String] in
      let path = folder + "/" + name
      let kind = POSIXFile.isLink(path) ? .other : POSIXFile.kind(path)
      switch kind {
      case .folder where depth < 32: return try list(path, prefix: prefix + name + "/", depth: depth + 1)
      case .file: return [prefix + name]
      default:
        throw RunError.file(
          operation: "use", path: path, reason: "a run folder holds files and folders, at most 32 inside each other")
      }
    }
  }

  /// Whether a path stays inside the folder that it is meant for, whatever that is.
  static func isSafe(_ path: String) -> Bool {
    let names = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return path.utf8.count <= 4096 && names.count <= 34 && !path.utf8.contains(0)
      && names.allSatisfy { name in
        !name.isEmpty && name.count <= 255 && !name.elementsEqual(".".utf8) && !name.elementsEqual("..".utf8)
      }
  }
}
