import Glibc

/// A regular file as memory, for reading: the kernel reads a page when it is first used and may drop it again. So a
/// file of weights takes no memory of its own beside the weights that are made of it.
///
/// A file that another process cuts off while it is mapped ends this process with SIGBUS. Files that are replaced or
/// removed are safe: the mapping keeps the old content.
package final class MappedFile: @unchecked Sendable {
  package let path: String
  package let bytes: UnsafeRawBufferPointer

  /// - Throws: `FileError` for what cannot be opened or mapped, and for anything but a regular file.
  package init(_ path: String) throws {
    self.path = path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError.system(.open, path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw FileError.refused(.read, path: path, reason: "it is not a file")
    }
    let count = Int(status.st_size)
    // There is no mapping of no bytes.
    if count == 0 {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let memory = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let memory, memory != MAP_FAILED else { throw FileError.system(.read, path: path, code: errno) }
    bytes = UnsafeRawBufferPointer(start: memory, count: count)
  }

  /// Lets go of the memory of a part that was read and is not needed soon. It stays readable, from the file.
  package func release(_ range: Range<Int>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound == bytes.count ? range.upperBound : range.upperBound / page * page
    guard start < end, let base = bytes.baseAddress else { return }
    _ = madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED)
  }

  deinit {
    if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
  }
}
