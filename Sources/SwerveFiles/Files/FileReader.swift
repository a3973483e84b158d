import Glibc

/// A regular file that is read from its start to its end.
package final class FileReader {
  package static let pieceBytes = 1 << 20
  private let path: String
  private let descriptor: Int32
  /// The size when it was opened.
  package let bytes: Int

  /// - Throws: `FileError` for what cannot be opened, and for anything but a regular file.
  package init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError.system(.open, path: path, code: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError.refused(.read, path: path, reason: "it is not a file")
    }
    bytes = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// False while another process holds the file for writing. If true, no process can lock it for writing until this
  /// object is released.
  package func keepFromWriters() -> Bool { FileLock.take(descriptor, isShared: true) == 0 }

  /// The next bytes: fewer than `count` only at the end of the file.
  package func read(atMost count: Int) throws -> ArraySlice<UInt8> {
    var piece = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = piece.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + filled, count - filled) }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw FileError.system(.read, path: path, code: errno) }
      if got == 0 { break }
      filled += got
    }
    return piece[..<filled]
  }
}
