import Glibc
import SwerveText

/// A process that this one started.
package struct ChildProcess {
  package let number: pid_t

  /// How a process ended.
  package enum Ending: Equatable {
    case exit(Int32)
    case signal(Int32)
  }

  /// Starts a program in a process group of its own, so that Ctrl-C in the terminal reaches it only through the parent; its
  /// output and errors go to `log`, which is written anew.
  /// - Parameters:
  ///   - folder: its working folder; nil: the working folder of this process.
  ///   - log: nil: output and errors go where those of this process go.
  ///   - errors: another file for its errors.
  /// - Throws: FileError.
  package init(
    _ arguments: [String], in folder: String? = nil, environment: [(String, String)], log: String?,
    errors: String? = nil
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    if let log {
      posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
    }
    if let errors {
      posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
    } else if log != nil {
      posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    var variables: [String] = []
    var entry = environ
    while let variable = entry.pointee {
      let text = String(cString: variable)
      if !environment.contains(where: { text.beginsExactly(with: $0.0 + "=") }) { variables.append(text) }
      entry += 1
    }
    variables += environment.map { "\($0.0)=\($0.1)" }
    // Swift's Glibc module has no way to set the folder in `actions`, and all threads share this process's working
    // folder.
    let words = (folder.map { ["/bin/sh", "-c", "cd -- \"$0\" && exec \"$@\"", $0] } ?? []) + arguments
    number = try Self.withPointers(variables) { try Self.start(words[0], words, $0, &actions, &attributes) }
  }

  /// Starts this program again, with the same input and output. In the new process no signal is blocked or ignored,
  /// whatever this process inherited.
  /// - Parameter arguments: the program's name first.
  /// - Throws: FileError.
  package init(again arguments: [String]) throws {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    number = try Self.start("/proc/self/exe", arguments, environ, nil, &attributes)
  }

  private static func start(
    _ program: String, _ arguments: [String], _ environment: UnsafePointer<UnsafeMutablePointer<CChar>?>,
    _ actions: UnsafePointer<posix_spawn_file_actions_t>?, _ attributes: UnsafePointer<posix_spawnattr_t>
  ) throws -> pid_t {
    var child = pid_t()
    let status = withPointers(arguments) { posix_spawn(&child, program, actions, attributes, $0, environment) }
    guard status == 0 else { throw FileError.system(FileOperation("start"), path: program, code: status) }
    return child
  }

  /// How it ended; nil while it runs. Do not call this again after it has returned an ending.
  package func ending() -> Ending? {
    var status: Int32 = 0
    return waitpid(number, &status, WNOHANG) == number ? Self.ending(status) : nil
  }

  /// Waits until it has ended.
  package func wait() -> Ending {
    var status: Int32 = 0
    while waitpid(number, &status, 0) < 0 && errno == EINTR {}
    return Self.ending(status)
  }

  private static func ending(_ status: Int32) -> Ending {
    let signal = status & 0x7f
    return signal == 0 ? .exit(status >> 8 & 0xff) : .signal(signal)
  }

  /// Sends SIGINT, as Ctrl-C does.
  package func interrupt() { send(SIGINT) }

  package func send(_ signal: Int32) { kill(number, signal) }

  /// The path of a program: as it is if it has a '/', else the first in the folders of PATH; nil: it is not there.
  package static func find(_ name: String) -> String? {
    func isProgram(_ path: String) -> Bool { POSIXFile.kind(path) == .file && access(path, X_OK) == 0 }
    if name.utf8.contains(UInt8(ascii: "/")) { return isProgram(name) ? name : nil }
    let folders = (Environment.value("PATH") ?? "/usr/bin:/bin").pieces(at: ":", omittingEmpty: true)
    return folders.map { Path.join($0, name) }.first(where: isProgram)
  }

  /// The path of this program, for starting it again, perhaps on another machine: of the launcher of its package, if it
  /// has one, which picks the build for the processor that it finds (packaging/launcher.c).
  package static func thisProgram() throws -> String {
    guard let path = Path.absolute("/proc/self/exe") else {
      throw FileError.system(FileOperation("find"), path: "/proc/self/exe", code: errno)
    }
    return launcher(of: path) ?? path
  }

  /// ROOT/bin/swerve, for a program ROOT/lib/swerve/x86-64-v3/swerve.
  static func launcher(of path: String) -> String? {
    let builds = Path.parent(Path.parent(path))
    let root = Path.parent(Path.parent(builds))
    guard builds === Path.join(root, "lib/swerve") else { return nil }
    return find(Path.join(root, "bin/swerve"))
  }

  private static func withPointers<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> Result
  ) rethrows -> Result {
    var pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return try pointers.withUnsafeMutableBufferPointer { try body(UnsafePointer($0.baseAddress!)) }
  }
}
