import ArgumentParser
import Glibc
import SwerveModel
import SwerveRL
import Synchronization

/// Handles everything that ends the program from outside: Ctrl-C, SIGTERM, a closed terminal, and the limits of a
/// shell.
enum Interruption {
  /// When the first signal of a user came, in nanoseconds of a clock; 0: none did.
  private static let first = Atomic<Int>(0)
  /// Whether a scheduler has warned that the time is nearly over.
  private static let isAsked = Atomic<Bool>(false)
  private static let isOutOfTime = Atomic<Bool>(false)
  /// The process that a second signal ends, too; 0: none.
  private static let child = Atomic<Int32>(0)
  private static let isSilent = Atomic<Bool>(false)

  /// Called before anything else. After this, no signal ends the program without a message. A write beyond `ulimit -f`
  /// or into a closed pipe fails like any other write, and reaching `ulimit -t` is reported.
  static func prepare() {
    for ignored in [SIGXFSZ, SIGPIPE] { signal(ignored, SIG_IGN) }
    warnBeforeProcessorLimit()
    signal(SIGXCPU) { _ in
      Interruption.say("\nswerve: error: the limit of processor time was reached\n")
      Interruption.say("  hint: `ulimit -t unlimited` lifts the limit of a shell\n")
      _exit(4)
    }
    unblock([SIGXFSZ, SIGPIPE, SIGXCPU])
  }

  /// The first signal sets `isRequested`, so that the run can end its step and write a checkpoint; the second one exits.
  static func finishStepFirst() {
    prepareFlags()
    install { _ in
      if Interruption.isRepeated() { return }
      Interruption.announce("\nswerve: interrupted: finishing this step to write a checkpoint; again to stop at once\n")
    }
    // A scheduler's warning, which no hurry follows: SIGTERM at the end of the time is the first of a user's two.
    signal(SIGUSR1) { _ in
      if Interruption.isAsked.exchange(true, ordering: .relaxed) { return }
      Interruption.announce("\nswerve: asked to stop (SIGUSR1): finishing this step to write a checkpoint\n")
    }
    unblock([SIGUSR1])
    endStepBeforeProcessorLimit()
  }

  /// Notes a signal of a user: false for the first one. A later one exits, but not within a second. Schedulers signal every
  /// process of a job, and shells all of a pipeline, so that one wish may arrive twice.
  private static func isRepeated() -> Bool {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let now = Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
    let (isFirst, before) = first.compareExchange(expected: 0, desired: now, ordering: .relaxed)
    if !isFirst, now - before > 1_000_000_000 {
      let child = child.load(ordering: .relaxed)
      if child > 0 { kill(child, SIGKILL) }
      _exit(130)
    }
    return !isFirst
  }

  /// A second signal ends this process, too.
  static func endWithThis(_ process: Int32) { child.store(process, ordering: .relaxed) }

  /// From now on, signals are not reported: another process of the same run does it.
  static func beSilent() { isSilent.store(true, ordering: .relaxed) }

  /// For commands that leave nothing behind.
  static func exitAtOnce() {
    install { _ in _exit(130) }
  }

  /// For commands that have a temporary folder to remove: the first signal sets `isRequested`; the second one exits at once.
  static func cleanUpFirst() {
    prepareFlags()
    install { _ in _ = Interruption.isRepeated() }
    endStepBeforeProcessorLimit()
  }

  /// Runs `body`, which `InterruptionObserver` may end.
  /// - Throws: `exitCode` after a signal.
  static func exiting<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch is TrainingCancelled { throw exitCode }
  }

  static var isRequested: Bool {
    first.load(ordering: .relaxed) != 0 || isAsked.load(ordering: .relaxed) || isOutOfTime.load(ordering: .relaxed)
  }

  /// The exit code after a stop from which the run can resume: 4 if a limit stopped it, else 130.
  static var exitCode: ExitCode { ExitCode(isOutOfTime.load(ordering: .relaxed) ? 4 : 130) }

  private static func install(_ handler: @escaping @convention(c) (Int32) -> Void) {
    signal(SIGINT, handler)
    signal(SIGTERM, handler)
    unblock([SIGINT, SIGTERM, SIGHUP])
    // A program that was started with `nohup` must continue.
    let before = signal(SIGHUP, handler)
    if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { signal(SIGHUP, SIG_IGN) }
  }

  /// Initializes the flags. Swift initializes them at their first use, which must not happen in a signal handler.
  private static func prepareFlags() {
    _ = isRequested
    _ = child.load(ordering: .relaxed)
    _ = isSilent.load(ordering: .relaxed)
  }

  private static func endStepBeforeProcessorLimit() {
    // From then on, the signal comes every second.
    signal(SIGXCPU) { _ in
      if Interruption.isOutOfTime.exchange(true, ordering: .relaxed) { return }
      Interruption.announce("\nswerve: the limit of processor time (ulimit -t) is near: ending after this step\n")
    }
  }

  /// `ulimit -t` sets both limits to the same number, and then the kernel kills the process without a signal that it
  /// could handle. So this lowers the first limit, to leave time for a checkpoint.
  private static func warnBeforeProcessorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_CPU.rawValue), &limit) == 0, limit.rlim_cur == limit.rlim_max,
      limit.rlim_max > 1, limit.rlim_max < rlim_t(Int32.max)
    else { return }
    limit.rlim_cur -= min(max(limit.rlim_max / 10, 1), 60)
    setrlimit(__rlimit_resource_t(RLIMIT_CPU.rawValue), &limit)
  }

  /// Unblocks signals, because a program inherits the blocked signals of its parent.
  private static func unblock(_ signals: [Int32]) {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  /// Says that the run is going to end.
  private static func announce(_ text: StaticString) {
    if !isSilent.load(ordering: .relaxed) { say(text) }
  }

  /// Writes a constant text, with a single call that is allowed in a signal handler.
  private static func say(_ text: StaticString) {
    _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  }
}

/// Ends training at the next step after a signal.
final class InterruptionObserver: CancellingObserver {
  var isCancelled: Bool { Interruption.isRequested }
}
