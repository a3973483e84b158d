import Glibc
import SwerveText

/// A problem with a file: it can't be read or written, or its content does not follow its format.
package enum FileError: UserFacingError, Equatable {
  /// The operating system refused. The code is that of errno.
  case system(FileOperation, path: String, code: Int32)
  /// The program refused an operation that the operating system would have done.
  case refused(FileOperation, path: String, reason: String)
  /// Another process has the file open for writing.
  case locked(path: String)
  case notJSON(path: String, JSONError)
  case conflictMarks(path: String, line: Int)
  case badField(path: String, line: Int?, field: String, found: String, expected: String)
  case formatVersion(path: String, what: String, found: Int, expected: Int)

  package var message: String { parts.message }
  package var hint: String? { parts.hint }
  package var category: ErrorCategory { if case .locked = self { .busy } else { .data } }

  private var parts: (message: String, hint: String?) {
    switch self {
    case .system(let operation, let path, let code):
      ("cannot \(operation.words) \(path): \(String(cString: strerror(code)))", nil)
    case .refused(let operation, let path, let reason): ("cannot \(operation.words) \(path): \(reason)", nil)
    case .locked(let path): ("another process is writing \(path)", "wait until it ends, or stop it")
    case .notJSON(let path, let error):
      (
        "\(path):\(error.line):\(error.column): this is not JSON: \(error.message)",
        "the file was edited or cut off: restore it from version control, or record it again"
      )
    case .conflictMarks(let path, let line):
      (
        "\(path):\(line): here are git's conflict marks: a merge left two versions in this file",
        "keep one of them: while the merge is open with `\(Shell.text(["git", "checkout", "--ours", Shell.path(path)]))` or "
          + "`\(Shell.text(["git", "checkout", "--theirs", Shell.path(path)]))`, after it by hand"
      )
    case .badField(let path, let line, let field, let found, let expected):
      (
        "\(path)\(line.map { ":\($0)" } ?? ""): field \"\(field)\": found \(found), expected \(expected)",
        "restore the file from version control, or record it again"
      )
    case .formatVersion(let path, let what, let found, let expected):
      (
        "\(path): found version \(found) of the \(what) format, this swerve reads version \(expected)",
        found > expected ? "update swerve" : "record it again with this swerve"
      )
    }
  }
}

/// An operation on a file.
package struct FileOperation: Equatable, Sendable {
  /// What the operation would have created or changed.
  package enum Effect: Sendable {
    case none
    /// New content of a file.
    case content
    /// A new file or folder.
    case entry
  }

  /// The words between "cannot" and the path.
  @ExactString var words: String
  package let effect: Effect

  package init(_ words: String, _ effect: Effect = .none) {
    _words = ExactString(words)
    self.effect = effect
  }

  package static var open: Self { Self("open") }
  package static var read: Self { Self("read") }
  package static var list: Self { Self("list") }
  package static var lock: Self { Self("lock") }
  package static var remove: Self { Self("remove") }
  package static var write: Self { Self("write", .content) }
  package static var create: Self { Self("create", .entry) }
  package static var createFolder: Self { Self("create the folder", .entry) }
}
