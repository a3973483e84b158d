import Glibc

extension POSIXFile {
  /// Passes an empty folder of its own, in TMPDIR or else in /tmp, to `body`. The folder is removed afterwards, also
  /// after an error.
  /// - Parameter name: how the folder's name starts.
  /// - Throws: FileError if it can't be made; what `body` throws.
  package static func withTemporaryFolder<Result>(
    _ name: String, _ body: (_ folder: String) throws -> Result
  ) throws -> Result {
    let parent = Environment.value("TMPDIR") ?? "/tmp"
    var template = Array(Path.join(parent, name + "-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else {
      throw FileError.system(FileOperation("create a temporary folder in", .entry), path: parent, code: errno)
    }
    let folder = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    defer { try? remove(folder) }
    return try body(folder)
  }
}
