import Glibc
import SwerveText

/// A folder that is read without leaving it, for content of strangers: symbolic links in it are not followed, and only
/// regular files are read. Nothing is ever written.
package final class SealedFolder: Sendable {
  /// What the file system says about a file.
  package struct Stamp: Equatable, Sendable {
    package let inode: UInt64
    package let bytes: Int
    /// The time of the last change of the content, in nanoseconds since 1970.
    package let modified: Int

    fileprivate init?(_ status: stat) {
      guard status.st_mode & S_IFMT == S_IFREG else { return nil }
      inode = UInt64(status.st_ino)
      bytes = Int(status.st_size)
      modified = Int(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(status.st_mtim.tv_nsec)
    }
  }

  /// For messages.
  package let path: String
  private let descriptor: Int32

  /// Opens the folder that a user named. This path may be a link, and it may lead through links.
  /// - Throws: FileError for anything but a folder.
  package convenience init(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.system(.open, path: path, code: errno) }
    self.init(path: path, descriptor: descriptor)
  }

  private init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// A folder in this one; nil if there is none of this name, as for a link to a folder.
  package func folder(_ name: String) -> SealedFolder? {
    guard Self.isName(name) else { return nil }
    let inner = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    return inner < 0 ? nil : SealedFolder(path: Path.join(path, name), descriptor: inner)
  }

  /// The names in the folder in bytewise order, without those that begin with a dot.
  /// - Throws: FileError for a folder that can't be listed.
  package func names() throws -> [String] {
    let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else {
      let code = errno
      if copy >= 0 { close(copy) }
      throw FileError.system(.list, path: path, code: code)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
      }
      if let name, name.utf8.first != UInt8(ascii: ".") { names.append(name) }
    }
    return names.sortedExactly()
  }

  /// nil if there is no regular file of this name.
  package func stamp(_ name: String) -> Stamp? {
    var status = stat()
    guard Self.isName(name), fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
    return Stamp(status)
  }

  /// A part of a file.
  /// - Parameters:
  ///   - start: bytes before it.
  ///   - most: no more bytes than these are read.
  /// - Returns: the bytes, fewer at the end of the file, and what the file was when it was opened.
  /// - Throws: FileError for what can't be read, as for a link.
  package func read(_ name: String, from start: Int = 0, most: Int) throws -> (bytes: [UInt8], stamp: Stamp) {
    let place = Path.join(path, name)
    guard Self.isName(name) else { throw FileError.refused(.read, path: place, reason: "it lies in another folder") }
    let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw FileError.system(.open, path: place, code: errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, let stamp = Stamp(status) else {
      throw FileError.refused(.read, path: place, reason: "it is not a file")
    }
    var bytes = [UInt8](repeating: 0, count: max(0, min(most, stamp.bytes - start)))
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes {
        pread(file, $0.baseAddress! + count, $0.count - count, off_t(start + count))
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw FileError.system(.read, path: place, code: errno) }
      // The file was cut off meanwhile.
      if got == 0 { break }
      count += got
    }
    bytes.removeLast(bytes.count - count)
    return (bytes, stamp)
  }

  /// Whether it names something in the folder itself.
  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.utf8.contains(UInt8(ascii: "/")) && !name.utf8.contains(0)
  }
}
