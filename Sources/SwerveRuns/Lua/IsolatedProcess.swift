import Glibc
import LuaRuntime
import SwerveFiles
import SwerveText
import Synchronization

/// A separate process for an untrusted script. If something goes wrong in liblua itself that no limit of the sandbox
/// can stop, only the script's process ends. The parent process reports this and gives an exit code as for any other
/// script.
///
/// The script's process writes to the standard output and error of this one, so the order of lines does not change.
package struct IsolatedProcess {
  /// Why the script's process gave no exit code: it could not start, or a signal ended it.
  package struct Failure: UserFacingError {
    package let message: String
    package let hint: String?
    package let category: ErrorCategory
  }

  /// The limit of processor time for the whole script.
  private let processorSeconds: Int
  /// The limit of the script's heap. Four times as much address space is reserved for it.
  private let memoryBytes: Int

  /// The limit of wall time, for a process that only waits. It is far longer than the processor time takes on any
  /// machine.
  private var wallSeconds: Int { max(120, 40 * processorSeconds) }
  /// The address space that the script may use in addition to what the program has when the script starts.
  private var addressSpace: Int { max(1 << 30, 6 * memoryBytes) }

  package init(processorSeconds: Int, memoryBytes: Int) {
    self.processorSeconds = processorSeconds
    self.memoryBytes = memoryBytes
  }

  private static let child = Atomic<pid_t>(0)
  private static let patience = Atomic<UInt32>(0)
  private static let isLate = Atomic<Bool>(false)

  // MARK: Inside

  /// Sets this process's limits; called before any line of the script runs.
  package func enter() {
    Self.set(RLIMIT_CORE, 0)
    Self.set(RLIMIT_NOFILE, 64)
    Self.set(RLIMIT_AS, Self.addressSpaceInUse() + addressSpace)
    // The first signal ends the script with an error at its current line. A second later, the next signal ends the
    // process.
    signal(SIGXCPU) { _ in
      LuaState.endTime()
      signal(SIGXCPU, SIG_DFL)
    }
    Self.set(RLIMIT_CPU, processorSeconds, last: processorSeconds + 2)
  }

  private static func set(_ resource: __rlimit_resource, _ value: Int, last: Int? = nil) {
    var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(last ?? value))
    setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
  }

  /// The first number of statm, in bytes.
  private static func addressSpaceInUse() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 4 << 30 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, Int32(line.count), file) != nil else { return 4 << 30 }
    return strtol(line, nil, 10) * sysconf(Int32(_SC_PAGESIZE))
  }

  // MARK: Outside

  /// Runs this program again, with `flag` after the name of the command, and waits for it.
  /// - Returns: its exit code.
  /// - Throws: Failure if it can't start, or if a signal ended it.
  package func run(command: String, flag: String, script: String) throws -> Int32 {
    var arguments = CommandLine.arguments
    arguments.insert(flag, at: (arguments.firstIndex(ofExactly: command) ?? 0) + 1)
    let process = try Self.start(arguments, script)
    Self.child.store(process.number, ordering: .relaxed)
    for wanted in [SIGINT, SIGTERM] { signal(wanted) { kill(IsolatedProcess.child.load(ordering: .relaxed), $0) } }
    watch()
    switch process.wait() {
    case .exit(let code): return code
    case .signal(SIGINT), .signal(SIGTERM): return 130
    // The reader of the output has closed the pipe. The program ends silently, as any program in a pipe does.
    case .signal(SIGPIPE): return 128 + SIGPIPE
    case .signal(let number): throw failure(signal: number, script)
    }
  }

  private static func start(_ arguments: [String], _ script: String) throws -> ChildProcess {
    // Otherwise Swift's runtime would write its own backtrace for a crash.
    setenv("SWIFT_BACKTRACE", "enable=no", 1)
    do {
      return try ChildProcess(again: arguments)
    } catch FileError.system(_, _, let code) {
      throw Failure(
        message: "can't start a process for \(script): \(String(cString: strerror(code)))",
        hint: "close other programs, or raise the number of processes that `ulimit -u` shows", category: .data)
    }
  }

  /// Kills the script's process after the wall time limit.
  private func watch() {
    Self.patience.store(UInt32(wallSeconds), ordering: .relaxed)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { _ in
        sleep(IsolatedProcess.patience.load(ordering: .relaxed))
        IsolatedProcess.isLate.store(true, ordering: .relaxed)
        kill(IsolatedProcess.child.load(ordering: .relaxed), SIGKILL)
        return nil
      }, nil)
  }

  private func failure(signal: Int32, _ script: String) -> Failure {
    switch signal {
    case SIGXCPU:
      Failure(
        message: "\(script): the limit of \(processorSeconds) s of processor time was reached",
        hint: "--seconds N raises it", category: .limit)
    case SIGKILL where Self.isLate.load(ordering: .relaxed):
      Failure(
        message: "\(script): the script did not end within \(wallSeconds) s", hint: "--seconds N raises it",
        category: .limit)
    case SIGKILL:
      Failure(
        message: "\(script): the script was killed from outside, or the system had no memory left for it", hint: nil,
        category: .limit)
    default:
      Failure(
        message: "\(script): the script crashed the Lua virtual machine (signal \(signal): "
          + "\(String(cString: strsignal(signal)))); its output up to there is kept, and nothing else was touched",
        hint: "please report the script", category: .script)
    }
  }
}
