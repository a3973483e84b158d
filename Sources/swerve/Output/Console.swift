import Glibc
import SwerveFiles
import SwerveText

/// Standard output for results, standard error for everything else. Nothing is buffered, so that no line is lost
/// however the program ends.
enum Console {
  /// Writes results. If the reader has closed the pipe, the program ends silently, as with SIGPIPE.
  static func write(_ text: String) {
    switch writeAll(text, to: STDOUT_FILENO) {
    case 0: return
    case EPIPE:
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
      Glibc.exit(128 + SIGPIPE)
    case let error:
      let reason = String(cString: strerror(error))
      _ = writeAll("swerve: error: cannot write to standard output: \(reason)\n", to: STDERR_FILENO)
      Glibc.exit(5)
    }
  }

  /// Writes a line for people to standard error. The live line of progress is erased first.
  static func note(_ line: String) {
    clearLive()
    _ = writeAll(line + "\n", to: STDERR_FILENO)
  }

  /// Writes what a script prints, including line ends, to standard error.
  static func noteText(_ text: String) {
    clearLive()
    _ = writeAll(text, to: STDERR_FILENO)
  }

  /// Replaces the live line on standard error, if it is shown at all.
  static func live(_ text: String, _ style: Style? = nil) {
    guard showsLive else { return }
    _ = writeAll(erasing(liveLength ?? 0) + (style?.paint(text) ?? text), to: STDERR_FILENO)
    liveLength = text.count
  }

  static func clearLive() {
    guard let length = liveLength else { return }
    liveLength = nil
    _ = writeAll(erasing(length), to: STDERR_FILENO)
  }

  /// The text that erases the live line. Without escape sequences, it overwrites the line with spaces.
  private static func erasing(_ length: Int) -> String {
    Terminal.takesEscapes ? "\r\u{1B}[K" : "\r\(String(repeating: " ", count: length))\r"
  }

  static func exit(_ status: Int32) -> Never {
    clearLive()
    Glibc.exit(status)
  }

  /// The next line of standard input without its end; nil at the end of the input.
  static func readLine() -> String? { input.next() }

  nonisolated(unsafe) private static var input = InputLines()

  static let errorIsTerminal = isatty(STDERR_FILENO) == 1
  static let inputIsTerminal = isatty(STDIN_FILENO) == 1

  static let outputIsTerminal = isatty(STDOUT_FILENO) == 1

  /// Whether a live line, which is overwritten again and again, makes sense. It does not in a file, or on a terminal
  /// that can only add lines.
  static let showsLive = errorIsTerminal && Terminal.hasCapabilities

  /// The width of a line on standard output in characters: that of the terminal, else COLUMNS, else 80.
  static var width: Int {
    var size = winsize()
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return Environment.number("COLUMNS").map { min(max($0, 20), 1000) } ?? 80
  }

  /// The number of characters of the live line that standard error shows now. Only one thread at a time writes: the
  /// thread of the command, or in `swerve test` the thread whose test started or ended.
  nonisolated(unsafe) private static var liveLength: Int?

  /// Returns 0 or the error number. If a pipe is non-blocking, this waits until it can be written.
  private static func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var offset = 0
      while offset < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
        if count >= 0 {
          offset += count
          continue
        }
        switch errno {
        case EINTR: continue
        case EAGAIN: waitUntilReady(descriptor, Int16(POLLOUT))
        case let error: return error
        }
      }
      return 0
    }
  }

  /// Waits until a descriptor is ready to read or write, or has an error or its end. The next read or write shows
  /// which.
  static func waitUntilReady(_ descriptor: Int32, _ events: Int16) {
    var wanted = pollfd(fd: descriptor, events: events, revents: 0)
    _ = poll(&wanted, 1, -1)
  }
}

/// What the terminal supports, according to the environment.
enum Terminal {
  /// Whether it can do more than adding lines.
  static let hasCapabilities = !plain.containsExactly((Environment.value("TERM") ?? "").lowercased())
  /// Types of terminals that can't, or that have their own sequences for moving the cursor.
  private static let plain = ["", "dumb", "unknown", "emacs", "network", "lpr", "printer", "vt52"]
  /// Whether escape sequences may be written to it: not with NO_COLOR (no-color.org).
  static let takesEscapes = hasCapabilities && (Environment.value("NO_COLOR") ?? "").isEmpty
}

/// Colours on standard error, if it is a terminal that supports them.
enum Style: String {
  case error = "31"
  case quiet = "2"

  func paint(_ text: String) -> String { Style.isOn ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text }

  private static let isOn = Console.errorIsTerminal && Terminal.takesEscapes
}
