import Glibc

/// Lines of standard input. If a pipe or a terminal is non-blocking, this waits for input. The standard library's
/// `readLine` would treat missing input as the end.
struct InputLines {
  private var bytes: [UInt8] = []
  /// The start of the next line in `bytes`.
  private var start = 0

  /// The next line without its end; nil at the end of the input.
  mutating func next() -> String? {
    while true {
      if let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { start = end + 1 }
        let line = bytes[start..<end]
        return String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
      }
      guard fill() else {
        defer { start = bytes.count }
        return start < bytes.count ? String(decoding: bytes[start...], as: UTF8.self) : nil
      }
    }
  }

  /// Reads the available bytes; returns false at the end of the input.
  private mutating func fill() -> Bool {
    bytes.removeFirst(start)
    start = 0
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(STDIN_FILENO, &piece, piece.count)
      if count > 0 { bytes += piece[..<count] }
      if count >= 0 { return count > 0 }
      switch errno {
      case EINTR: continue
      case EAGAIN: Console.waitUntilReady(STDIN_FILENO, Int16(POLLIN))
      default: return false
      }
    }
  }
}
