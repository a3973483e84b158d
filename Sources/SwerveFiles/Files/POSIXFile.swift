import Glibc
import SwerveText

/// The few file operations that a run needs, each with the operating system's own reason when it fails
/// (`FileError`). Nothing here retries or hides an error.
package enum POSIXFile {
  package enum Kind: Sendable { case file, folder, other }

  /// What is at the path; nil when nothing is.
  package static func kind(_ path: String) -> Kind? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    default: return .other
    }
  }

  /// The size in bytes; nil if there is no regular file at the path.
  package static func size(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  /// Whether the path itself is a symbolic link.
  package static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// The whole content of a file.
  package static func read(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.system(.open, path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw FileError.system(.read, path: path, code: errno)
    }
    // Files such as /proc/cpuinfo report a size of 0, hence the larger first piece.
    var bytes = [UInt8](repeating: 0, count: max(Int(status.st_size) + 1, 1 << 16))
    var count = 0
    while true {
      if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: bytes.count)) }
      let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + count, $0.count - count) }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw FileError.system(.read, path: path, code: errno) }
      if got == 0 { break }
      count += got
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// The whole content of a file as text.
  package static func text(_ path: String) throws -> String {
    let bytes = try read(path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError.refused(.read, path: path, reason: "it is not UTF-8 text")
    }
    return text
  }

  /// Replaces or creates the file so that at any instant, also after a power cut, either the old content or the whole
  /// new content is there. The steps are: a temporary file in the same folder, fsync, rename, fsync of the folder.
  package static func writeAtomically(_ bytes: [UInt8], to path: String) throws {
    try writeAtomically(to: path) { write in try write(bytes[...]) }
  }

  /// The same for content that is made piece by piece. For a symbolic link, the file that it leads to is replaced. If
  /// the path is a pipe or a device, the content is written to it.
  package static func writeAtomically(
    to path: String, _ body: (_ write: (ArraySlice<UInt8>) throws -> Void) throws -> Void
  ) throws {
    switch kind(path) {
    case .other: return try writeThrough(to: path, body)
    case .file: try replace(target(of: path), body)
    case .folder, nil: try replace(path, body)
    }
  }

  /// The target of a symbolic link; the path itself if it is not a link.
  private static func target(of path: String) -> String {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let real = realpath(path, nil) else {
      return path
    }
    defer { free(real) }
    return String(cString: real)
  }

  private static func writeThrough(
    to path: String, _ body: (_ write: (ArraySlice<UInt8>) throws -> Void) throws -> Void
  ) throws {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.system(.write, path: path, code: errno) }
    defer { close(descriptor) }
    try body { try write($0, to: descriptor, path: path) }
  }

  private static func replace(
    _ path: String, _ body: (_ write: (ArraySlice<UInt8>) throws -> Void) throws -> Void
  ) throws {
    let (temporary, descriptor) = try createTemporary(for: path)
    var isDone = false
    defer { if !isDone { unlink(temporary) } }
    do {
      defer { close(descriptor) }
      try body { try write($0, to: descriptor, path: path) }
      guard fsync(descriptor) == 0 else { throw FileError.system(.write, path: path, code: errno) }
    }
    guard rename(temporary, path) == 0 else { throw FileError.system(.write, path: path, code: errno) }
    isDone = true
    try syncFolder(Path.parent(path))
  }

  package static func writeAtomically(_ text: String, to path: String) throws {
    try writeAtomically(Array(text.utf8), to: path)
  }

  /// Creates one folder. False when something with this name was there already.
  package static func makeFolder(_ path: String) throws -> Bool {
    if mkdir(path, 0o777) == 0 { return true }
    if errno == EEXIST { return false }
    throw FileError.system(.createFolder, path: path, code: errno)
  }

  /// Creates a folder and its missing parent folders. Returns what it created, outermost first.
  @discardableResult
  package static func makeFolders(_ path: String) throws -> [String] {
    try missingFolders(path).filter { try makeFolder($0) }
  }

  /// The folder and those above it that are not there yet, outermost first.
  package static func missingFolders(_ path: String) -> [String] {
    var missing: [String] = []
    var folder = path
    while kind(folder) == nil {
      missing.append(folder)
      folder = Path.parent(folder)
    }
    return missing.reversed()
  }

  /// Moves a folder to a name that is not used yet. Returns false if the name is used; nothing changes then. (An empty
  /// folder would be replaced; callers make sure that theirs are never empty.)
  package static func moveFolder(_ from: String, to path: String) throws -> Bool {
    if rename(from, path) == 0 { return true }
    if [EEXIST, ENOTEMPTY, ENOTDIR].contains(errno) { return false }
    throw FileError.system(.createFolder, path: path, code: errno)
  }

  /// The names in a folder in bytewise order, without "." and "..".
  package static func list(_ path: String) throws -> [String] {
    guard let folder = opendir(path) else { throw FileError.system(.list, path: path, code: errno) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sortedExactly()
  }

  /// Removes a file, or a folder with everything in it; symbolic links are removed, not followed.
  package static func remove(_ path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw FileError.system(.remove, path: path, code: errno) }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    if isFolder {
      for name in try list(path) { try remove(path + "/" + name) }
    }
    guard (isFolder ? rmdir(path) : unlink(path)) == 0 else {
      throw FileError.system(.remove, path: path, code: errno)
    }
  }

  /// Removes an empty folder; does nothing for anything else.
  package static func removeIfEmpty(_ path: String) { rmdir(path) }

  /// The number of this process, to keep temporary names of several processes apart.
  package static var processNumber: Int { Int(getpid()) }

  /// The name of this machine, usable as a part of a file's name. It keeps temporary names apart if several machines
  /// share a folder.
  package static var machineName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return Path.fileName(name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
  }

  /// Whether this machine has a process of that number. True for numbers that no process can have.
  package static func isRunning(_ process: Int) -> Bool {
    guard let number = pid_t(exactly: process), number > 0 else { return true }
    return kill(number, 0) == 0 || errno != ESRCH
  }

  /// Makes the names in a folder permanent.
  package static func syncFolder(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.system(.open, path: path, code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError.system(.write, path: path, code: errno) }
  }

  private static let temporaryMark = ".tmp-"

  /// Whether a name is that of a temporary file, which an interrupted write leaves behind.
  package static func isTemporary(_ name: String) -> Bool {
    name.beginsExactly(with: ".") && name.containsExactly(temporaryMark)
  }

  /// Creates a new file next to `path` whose name starts with a dot. The process number and a counter make names of
  /// different writers unique.
  private static func createTemporary(for path: String) throws -> (path: String, descriptor: Int32) {
    // The name may already have the full length that a file system allows.
    let start = String(decoding: Path.name(path).utf8.prefix(150), as: UTF8.self)
    for counter in 0... {
      let name = ".\(start)\(temporaryMark)\(processNumber)-\(counter)"
      let temporary = Path.join(Path.parent(path), name)
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 { return (temporary, descriptor) }
      guard errno == EEXIST else { throw FileError.system(.write, path: path, code: errno) }
    }
    throw FileError.refused(.write, path: path, reason: "no temporary name is free")
  }

  /// Passes copies of bytes to `body` piece by piece, so that no copy of all of them is made.
  package static func forEachPiece(
    of bytes: UnsafeRawBufferPointer, _ body: (ArraySlice<UInt8>) throws -> Void
  ) rethrows {
    for first in stride(from: 0, to: bytes.count, by: FileReader.pieceBytes) {
      try body(Array(bytes[first..<min(first + FileReader.pieceBytes, bytes.count)])[...])
    }
  }

  /// Passes a file's content to `body` piece by piece, so that a large file needs little memory.
  package static func forEachPiece(of path: String, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
    let file = try FileReader(path)
    while true {
      let piece = try file.read(atMost: FileReader.pieceBytes)
      if piece.isEmpty { return }
      try body(piece)
    }
  }

  static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, path: String) throws {
    try bytes.withUnsafeBytes { buffer in
      var offset = 0
      while offset < buffer.count {
        let count = Glibc.write(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw FileError.system(.write, path: path, code: errno) }
        offset += count
      }
    }
  }
}
