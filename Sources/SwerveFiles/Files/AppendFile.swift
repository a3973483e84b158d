import Glibc

/// A file that only grows, held by one process at a time. `append` passes each text to the operating system before it
/// returns, so that a killed process loses nothing that it wrote.
package final class AppendFile {
  private let path: String
  private let descriptor: Int32
  /// The number of bytes that were written or kept.
  package private(set) var count: Int

  /// - Parameter length: nil: the file is new; it is an error if it exists. Else the file may exist, `count` starts at
  ///   `length`, and `cut` can drop the bytes after it.
  /// - Throws: FileError.locked while another process holds the file. The lock ends when the process ends, for whatever
  ///   reason. On file systems that can't lock files (some network file systems), nothing is locked.
  package init(_ path: String, continuingAt length: Int?) throws {
    let mode = length == nil ? O_CREAT | O_EXCL : O_CREAT
    descriptor = open(path, O_WRONLY | mode | O_APPEND | O_CLOEXEC, 0o666)
    self.path = path
    count = length ?? 0
    guard descriptor >= 0 else {
      throw FileError.system(.create, path: path, code: errno)
    }
    switch FileLock.take(descriptor) {
    case 0, ENOLCK, ENOSYS, EOPNOTSUPP: break
    case EWOULDBLOCK: throw FileError.locked(path: path)
    case let code: throw FileError.system(.lock, path: path, code: code)
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  package func append(_ text: String) throws { try append(Array(text.utf8)[...]) }

  /// Writes all or nothing: if a full disk or a limit stops the write, no part of it stays.
  package func append(_ bytes: ArraySlice<UInt8>) throws {
    let end = lseek(descriptor, 0, SEEK_END)
    do {
      try POSIXFile.write(bytes, to: descriptor, path: path)
    } catch {
      ftruncate(descriptor, end)
      throw error
    }
    count += bytes.count
  }

  /// Drops everything after the first `length` bytes.
  package func cut(to length: Int) throws {
    guard ftruncate(descriptor, length) == 0 else {
      throw FileError.system(.write, path: path, code: errno)
    }
    count = length
  }

  /// Makes everything written so far permanent.
  package func sync() throws {
    guard fsync(descriptor) == 0 else {
      throw FileError.system(.write, path: path, code: errno)
    }
  }
}
