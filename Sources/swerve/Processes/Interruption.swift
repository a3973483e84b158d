import ArgumentParser
import Glibc
import SwerveModel
import SwerveRL
import Synchronization

/// What ends the program from outside: Ctrl-C, SIGTERM, a terminal that closed, and the limits that a shell sets.
enum Interruption {
  private static let count = Atomic<Int>(0)
  private static let isOutOfTime = Atomic<Bool>(false)

  /// Called before anything else. No signal ends the program without a word: a write beyond `ulimit -f` or into a pipe that nobody
  /// reads fails as any other write does, and the end of `ulimit -t` is said.
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
      if Interruption.count.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
      Interruption.say("\nswerve: interrupted: finishing this step to write a checkpoint; again to stop at once\n")
    }
    endStepBeforeProcessorLimit()
  }

  /// For commands that leave nothing behind.
  static func exitAtOnce() {
    install { _ in _exit(130) }
  }

  /// For commands that have a temporary folder to remove: the first signal sets `isRequested`; the second one exits at once.
  static func cleanUpFirst() {
    prepareFlags()
    install { _ in
      if Interruption.count.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
    }
    endStepBeforeProcessorLimit()
  }

  /// Runs what `InterruptionObserver` may end.
  /// - Throws: `exitCode` after a signal.
  static func exiting<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch is TrainingCancelled { throw exitCode }
  }

  static var isRequested: Bool { count.load(ordering: .relaxed) > 0 || isOutOfTime.load(ordering: .relaxed) }

  /// Of what was stopped and can go on: 4 where a limit stopped it, else 130.
  static var exitCode: ExitCode { ExitCode(isOutOfTime.load(ordering: .relaxed) ? 4 : 130) }

  private static func install(_ handler: @escaping @convention(c) (Int32) -> Void) {
    signal(SIGINT, handler)
    signal(SIGTERM, handler)
    unblock([SIGINT, SIGTERM, SIGHUP])
    // Who started the program with `nohup` wants it to go on.
    let before = signal(SIGHUP, handler)
    if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { signal(SIGHUP, SIG_IGN) }
  }

  /// Swift makes them when they are first used, which no signal handler may do.
  private static func prepareFlags() { _ = isRequested }

  private static func endStepBeforeProcessorLimit() {
    // The signal comes every second from then on.
    signal(SIGXCPU) { _ in
      if Interruption.isOutOfTime.exchange(true, ordering: .relaxed) { return }
      Interruption.say("\nswerve: the limit of processor time (ulimit -t) is near: ending after this step\n")
    }
  }

  /// `ulimit -t` sets both limits to one number, and the kernel then kills without a signal that could be heard: a share of the time
  /// is kept for a checkpoint.
  private static func warnBeforeProcessorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_CPU.rawValue), &limit) == 0, limit.rlim_cur == limit.rlim_max,
      limit.rlim_max > 1, limit.rlim_max < rlim_t(Int32.max)
    else { return }
    limit.rlim_cur -= min(max(limit.rlim_max / 10, 1), 60)
    setrlimit(__rlimit_resource_t(RLIMIT_CPU.rawValue), &limit)
  }

  /// A program is born with the signals blocked that its parent had blocked.
  private static func unblock(_ signals: [Int32]) {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  /// Only what a signal handler may do: one write of constant text.
  private static func say(_ text: StaticString) {
    _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  }
}

/// Ends training at the next step after a signal.
final class InterruptionObserver: CancellingObserver {
  var isCancelled: Bool { Interruption.isRequested }
}
