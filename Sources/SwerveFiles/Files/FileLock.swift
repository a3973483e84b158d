import Glibc

/// A lock between processes. It is held until the object is released or its process ends.
package final class FileLock {
  private let descriptor: Int32
  /// The path of a file that exists only for the lock.
  private let path: String?

  /// Locks a folder, without making a file. nil while another process holds an incompatible lock. On file systems that
  /// can't lock folders (some network file systems), nothing is locked.
  /// - Parameter isShared: shared locks are compatible with each other.
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

  /// Makes a file that exists only for the lock. nil while another process holds the lock.
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

  /// Also removes a file that exists only for the lock. Another process may have opened this file before it was
  /// removed, and a third may make a new one. Each of them can then hold a lock at the same time. Whatever a lock of
  /// this kind protects must tolerate that.
  deinit {
    if let path { unlink(path) }
    close(descriptor)
  }

  /// Whether another process holds the lock of a file, such as one that it writes; false where there is no such file.
  package static func isHeld(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return take(descriptor, isShared: true) == EWOULDBLOCK
  }

  /// Locks an open file, without waiting. Returns 0, or the number of the error: EWOULDBLOCK while another process
  /// holds an incompatible lock.
  static func take(_ descriptor: Int32, isShared: Bool = false) -> Int32 {
    flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 ? 0 : errno
  }
}
