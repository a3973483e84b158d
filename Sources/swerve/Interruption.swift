import ArgumentParser
import Glibc
import SwerveModel
import SwerveRL
import Synchronization

/// Ctrl-C and SIGTERM.
enum Interruption {
  private static let count = Atomic<Int>(0)

  /// The first signal sets `isRequested`, so that the run can end its step and write a checkpoint; the second one exits.
  static func finishStepFirst() {
    _ = count.load(ordering: .relaxed)
    install { _ in
      if Interruption.count.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
      Interruption.say("\nswerve: interrupted: finishing this step to write a checkpoint; again to stop at once\n")
    }
  }

  /// For commands that leave nothing behind.
  static func exitAtOnce() {
    install { _ in _exit(130) }
  }

  /// For commands that have a temporary folder to remove: the first signal sets `isRequested`; the second one exits at once.
  static func cleanUpFirst() {
    _ = count.load(ordering: .relaxed)
    install { _ in
      if Interruption.count.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
    }
  }

  /// Runs what `InterruptionObserver` may end.
  /// - Throws: ExitCode 130 after a signal.
  static func exiting<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch is TrainingCancelled { throw ExitCode(130) }
  }

  static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

  private static func install(_ handler: @escaping @convention(c) (Int32) -> Void) {
    signal(SIGINT, handler)
    signal(SIGTERM, handler)
    unblock([SIGINT, SIGTERM])
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
final class InterruptionObserver: TrainingObserver {
  func stageWillStart(_ stage: StageInfo) {}

  func stepDidEnd(_ record: StepRecord) {}

  func didSample(_ samples: [SampleRecord], stage: String, step: Int) {}

  func stageDidEnd(_ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]) {}

  var isCancelled: Bool { Interruption.isRequested }
}
