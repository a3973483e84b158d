import Glibc

/// A lock between processes, held as long as the object lives, or its process.
package final class FileLock {
  private let descriptor: Int32
  /// Of a file that is there for the lock alone.
  private let path: String?

  /// Locks a folder. It leaves no file. nil while another process holds a lock that this one does not go with. File systems that
  /// can't lock folders (some of networks) lock nothing.
  /// - Parameter isShared: goes with other shared ones.
  package init?(folder path: String, isShared: Bool) throws {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.system(.open, path: path, code: errno) }
    if Self.take(descriptor, isShared: isShared) == EWOULDBLOCK {
      close(descriptor)
      return nil
    }
    self.descriptor = descriptor
    self.path = nil
  }

  /// Makes a file for the lock alone. nil while another process holds it.
  package init?(file path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError.system(.create, path: path, code: errno) }
    if Self.take(descriptor) != 0 {
      close(descriptor)
      return nil
    }
    self.descriptor = descriptor
    self.path = path
  }

  /// A file for the lock alone goes, too. Who already waits at it and who comes later may then hold a lock each: what a lock of this
  /// kind guards must bear that.
  deinit {
    if let path { unlink(path) }
    close(descriptor)
  }

  /// Locks an open file, without waiting. Returns 0, or the number of the error: EWOULDBLOCK while another process holds a lock that
  /// this one does not go with.
  static func take(_ descriptor: Int32, isShared: Bool = false) -> Int32 {
    flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 ? 0 : errno
  }
}
