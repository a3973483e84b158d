import Glibc
import SwerveText

/// Standard output for results, standard error for everything else. Nothing is buffered, so that whatever ends the program
/// loses no line.
enum Console {
  /// Results. A reader that has gone away ends the program quietly, as SIGPIPE does.
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

  /// Replaces the live line on standard error, where it is shown at all.
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

  /// Without escape sequences, spaces over the line do what erasing it does.
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

  /// Whether a line that is written over again and again is of use: not in a file, and not on a terminal that only adds lines.
  static let showsLive = errorIsTerminal && Terminal.hasCapabilities

  /// Characters of a line on standard output: of the terminal, else COLUMNS, else 80.
  static var width: Int {
    var size = winsize()
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return environment("COLUMNS").flatMap { Int($0) }.map { min(max($0, 20), 1000) } ?? 80
  }

  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// Characters of the live line that standard error shows now. Only one thread at a time writes: that of the command, or of
  /// `swerve test` the one whose test started or ended.
  nonisolated(unsafe) private static var liveLength: Int?

  /// Returns 0, or the number of the error. A pipe that somebody made non-blocking is waited for as any other.
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

  /// Until a descriptor takes or has bytes, or will never have: the next call says which.
  static func waitUntilReady(_ descriptor: Int32, _ events: Int16) {
    var wanted = pollfd(fd: descriptor, events: events, revents: 0)
    _ = poll(&wanted, 1, -1)
  }
}

/// What the terminal understands, by the words of the environment.
enum Terminal {
  /// Whether it can do more than add lines.
  static let hasCapabilities = !plain.containsExactly((Console.environment("TERM") ?? "").lowercased())
  /// Types that can't, or that move the cursor by sequences of their own.
  private static let plain = ["", "dumb", "unknown", "emacs", "network", "lpr", "printer", "vt52"]
  /// Whether escape sequences may be written to it: not with NO_COLOR (no-color.org).
  static let takesEscapes = hasCapabilities && (Console.environment("NO_COLOR") ?? "").isEmpty
}

/// Colours on standard error, where it is a terminal that takes them.
enum Style: String {
  case error = "31"
  case quiet = "2"

  func paint(_ text: String) -> String { Style.isOn ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text }

  private static let isOn = Console.errorIsTerminal && Terminal.takesEscapes
}
