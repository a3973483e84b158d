import Glibc

/// A lock on a folder between processes, held as long as the object lives. It leaves no file.
final class FolderLock {
  private let descriptor: Int32

  /// nil while another process holds a lock that this one does not go with. File systems that can't lock folders (some of networks)
  /// lock nothing.
  /// - Parameter isShared: goes with other shared ones.
  init?(_ path: String, isShared: Bool) throws {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.system(.open, path: path, code: errno) }
    if flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0, errno == EWOULDBLOCK {
      close(descriptor)
      return nil
    }
  }

  deinit { close(descriptor) }
}
