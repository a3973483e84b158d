import Glibc

/// Standard output for results, standard error for everything else. Nothing is buffered, so that whatever ends the program
/// loses no line.
enum Console {
  /// Results. A reader that has gone away ends the program quietly, as SIGPIPE does.
  static func write(_ text: String) {
    if !writeAll(text, to: STDOUT_FILENO) {
      let reason = String(cString: strerror(errno))
      _ = writeAll("swerve: error: cannot write to standard output: \(reason)\n", to: STDERR_FILENO)
      Glibc.exit(5)
    }
  }

  /// A line for people on standard error; the live line of progress makes room for it.
  static func note(_ line: String) {
    clearLive()
    _ = writeAll(line + "\n", to: STDERR_FILENO)
  }

  /// What a script prints, line ends included, on standard error.
  static func noteText(_ text: String) {
    clearLive()
    _ = writeAll(text, to: STDERR_FILENO)
  }

  /// Replaces the live line on standard error. Only for terminals.
  static func live(_ text: String) {
    hasLive = true
    _ = writeAll("\r\u{1B}[K" + text, to: STDERR_FILENO)
  }

  static func clearLive() {
    guard hasLive else { return }
    hasLive = false
    _ = writeAll("\r\u{1B}[K", to: STDERR_FILENO)
  }

  static func exit(_ status: Int32) -> Never {
    clearLive()
    Glibc.exit(status)
  }

  static let errorIsTerminal = isatty(STDERR_FILENO) == 1
  static let inputIsTerminal = isatty(STDIN_FILENO) == 1

  static let outputIsTerminal = isatty(STDOUT_FILENO) == 1

  /// Characters of a line on standard output: of the terminal, else COLUMNS, else 80.
  static var width: Int {
    var size = winsize()
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return environment("COLUMNS").flatMap { Int($0) }.map { min(max($0, 20), 1000) } ?? 80
  }

  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// Whether standard error shows a live line now. Only one thread at a time writes: that of the command, or of `swerve test`
  /// the one whose test started or ended.
  nonisolated(unsafe) private static var hasLive = false

  private static func writeAll(_ text: String, to descriptor: Int32) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var offset = 0
      while offset < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
        if count < 0 && errno == EINTR { continue }
        if count < 0 { return false }
        offset += count
      }
      return true
    }
  }
}

/// Colours on standard error: only on a terminal, and not with NO_COLOR (no-color.org).
enum Style: String {
  case error = "31"
  case quiet = "2"

  func paint(_ text: String) -> String { Style.isOn ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text }

  /// Whether terminals get colours at all.
  static let isAllowed =
    (Console.environment("NO_COLOR") ?? "").isEmpty && Console.environment("TERM") != "dumb"
  private static let isOn = Console.errorIsTerminal && isAllowed
}
