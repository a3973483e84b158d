import Glibc

/// The end of a file that may be growing.
package enum FileTail {
  /// The last complete line, without its end.
  /// - Parameters:
  ///   - end: only the bytes before this one count; nil: all.
  ///   - most: a longer line is not read.
  /// - Returns: nil if there is no complete line, or none that short.
  /// - Throws: FileError for a file that can't be read.
  package static func lastLine(_ path: String, before end: Int? = nil, most: Int = 1 << 16) throws -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError.system(.open, path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError.system(.read, path: path, code: errno) }
    let count = min(end ?? .max, Int(status.st_size))
    let start = max(0, count - most)
    var bytes = [UInt8](repeating: 0, count: count - start)
    var filled = 0
    while filled < bytes.count {
      let read = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + filled, $0.count - filled, off_t(start + filled))
      }
      if read < 0 && errno == EINTR { continue }
      guard read >= 0 else { throw FileError.system(.read, path: path, code: errno) }
      // The file was cut off meanwhile.
      if read == 0 { return nil }
      filled += read
    }
    let newline = UInt8(ascii: "\n")
    guard let last = bytes.lastIndex(of: newline) else { return nil }
    let before = bytes[..<last].lastIndex(of: newline)
    if before == nil && start > 0 { return nil }
    return Array(bytes[(before.map { $0 + 1 } ?? 0)..<last])
  }
}
