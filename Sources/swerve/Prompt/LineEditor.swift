import Glibc
import SwerveFiles
import SwerveText

/// Reads lines with editing and history, using GNU readline or libedit if the machine has one. They are searched for
/// when a prompt starts, so that the program does not depend on them. History is kept between sessions.
final class LineEditor {
  private typealias ReadLine = @convention(c) (UnsafePointer<CChar>?) -> UnsafeMutablePointer<CChar>?
  private typealias AddHistory = @convention(c) (UnsafePointer<CChar>?) -> Void
  private typealias HistoryFile = @convention(c) (UnsafePointer<CChar>?) -> CInt
  private typealias Bind = @convention(c) (CInt, UnsafeMutableRawPointer?) -> CInt
  private typealias Stifle = @convention(c) (CInt) -> Void

  private static let libraries = ["libreadline.so.8", "libedit.so.2", "libreadline.so.7", "libreadline.so"]
  private static let mostLines: CInt = 1000

  private let readLineFunction: ReadLine
  private let addHistory: AddHistory?
  private let writeHistory: HistoryFile?
  private let historyPath: String?

  /// nil if standard input or standard error is not a terminal, or if there is no library.
  init?() {
    guard Console.inputIsTerminal, Console.errorIsTerminal, Terminal.hasCapabilities,
      let library = Self.libraries.lazy.compactMap({ dlopen($0, RTLD_NOW) }).first,
      let read = dlsym(library, "readline")
    else { return nil }
    readLineFunction = unsafeBitCast(read, to: ReadLine.self)
    addHistory = dlsym(library, "add_history").map { unsafeBitCast($0, to: AddHistory.self) }
    writeHistory = dlsym(library, "write_history").map { unsafeBitCast($0, to: HistoryFile.self) }
    historyPath = Self.historyPath()
    // Then the line is drawn with backspaces, as on a terminal without escape sequences.
    if !Terminal.takesEscapes, let name = dlsym(library, "rl_terminal_name") {
      name.assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self).pointee = strdup("dumb")
    }
    // Only results go to standard output.
    if let stream = dlsym(library, "rl_outstream") {
      stream.assumingMemoryBound(to: UnsafeMutablePointer<FILE>?.self).pointee = fdopen(dup(STDERR_FILENO), "w")
    }
    // The tab key inserts a tab, because completing names of files makes no sense here.
    if let bind = dlsym(library, "rl_bind_key"), let insert = dlsym(library, "rl_insert") {
      _ = unsafeBitCast(bind, to: Bind.self)(9, insert)
    }
    if let stifle = dlsym(library, "stifle_history") { unsafeBitCast(stifle, to: Stifle.self)(Self.mostLines) }
    if let historyPath, let load = dlsym(library, "read_history") {
      _ = unsafeBitCast(load, to: HistoryFile.self)(historyPath)
    }
  }

  /// The next line without its end; nil at the end of the input.
  func read(prompt: String) -> String? {
    guard let line = readLineFunction(prompt) else { return nil }
    defer { free(line) }
    let text = String(cString: line)
    if !text.isBlank { addHistory?(line) }
    return text
  }

  /// Keeps the history for the next session.
  func close() {
    guard let historyPath, let writeHistory else { return }
    _ = writeHistory(historyPath)
  }

  /// The path in the state folder of freedesktop.org's base directories; nil if there is no home folder.
  private static func historyPath() -> String? {
    let state = Environment.value("XDG_STATE_HOME").flatMap { $0.beginsExactly(with: "/") ? $0 : nil }
    guard let folder = state ?? Environment.value("HOME").map({ Path.join($0, ".local/state") }),
      folder.beginsExactly(with: "/"), (try? POSIXFile.makeFolders(Path.join(folder, "swerve"))) != nil
    else { return nil }
    return Path.join(folder, "swerve/lua-history")
  }
}
