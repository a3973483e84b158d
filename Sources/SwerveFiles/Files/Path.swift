import Glibc
import SwerveText

/// Paths as text, with `/` between names.
package enum Path {
  /// The folder that holds the path: "." for a bare name, "/" for a name at the top.
  package static func parent(_ path: String) -> String {
    let trimmed = withoutEndSlash(path)
    guard let slash = trimmed.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == trimmed.startIndex ? "/" : withoutEndSlash(String(trimmed.unicodeScalars[..<slash]))
  }

  /// The folder that contains a folder. It also works for ".", whose name does not contain the parent.
  package static func folderAbove(_ folder: String) -> String {
    [".", ".."].containsExactly(name(folder)) ? folder + "/.." : parent(folder)
  }

  /// The last name of the path.
  package static func name(_ path: String) -> String {
    let trimmed = withoutEndSlash(path)
    guard trimmed.utf8.count > 1, let name = trimmed.pieces(at: "/", omittingEmpty: false).last else { return trimmed }
    return name
  }

  /// Joins `folder` and a path relative to it. An absolute path stays as it is, and a folder "." is left out.
  package static func join(_ folder: String, _ path: String) -> String {
    if path.beginsExactly(with: "/") || folder == "." || folder.isEmpty { return path }
    return folder.endsExactly(with: "/") ? folder + path : folder + "/" + path
  }

  /// `path` relative to the folder of `file`, if it lies below that folder; other paths stay as they are.
  package static func seen(_ path: String, from file: String) -> String { path.rest(after: parent(file) + "/") ?? path }

  /// The absolute path without links and dots; nil if nothing is there or if it is not UTF-8.
  package static func absolute(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(validatingCString: resolved)
  }

  /// An absolute path below the working folder, relative to that folder; any other path stays as it is.
  package static func fromWorkingFolder(_ path: String) -> String {
    absolute(".").flatMap { path.rest(after: $0 + "/") } ?? path
  }

  package static func withoutEndSlash(_ path: String) -> String {
    var path = path.unicodeScalars
    while path.count > 1 && path.last == "/" { path.removeLast() }
    return String(path)
  }

  /// A name from a script as a file name: letters, digits, `-`, `_`, and `.` except in front stay, every other byte
  /// becomes `%XX`. Different names give different file names; a long one ends in a digest, since a file system takes 255 bytes.
  package static func fileName(_ name: String) -> String {
    var result = ""
    for (index, byte) in name.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: ".") where index > 0: result += "."
      default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    if result.utf8.count > 120 { return result.leading(100) + "-" + Digest.of(name).leading(16) }
    return result.isEmpty ? "%" : result
  }
}
