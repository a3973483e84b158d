import SwerveText

/// One job of an array, or a job by itself, as squeue shows it.
struct SlurmTask: Equatable {
  /// For squeue's -o: name, array's id, index, state, node, reason. A reason is free text, so it comes last.
  static let format = "%j|%F|%K|%T|%N|%r"

  @ExactString private(set) var name: String
  /// The id of the array.
  @ExactString private(set) var job: String
  /// nil for a job that is no array.
  let index: Int?
  let state: SlurmState
  @ExactString private(set) var node: String
  @ExactString private(set) var reason: String

  /// - Throws: SlurmError.badAnswer.
  init(_ line: String) throws {
    let parts = line.pieces(at: "|", most: 6, omittingEmpty: false)
    guard parts.count == 6, !parts[1].isEmpty else { throw SlurmError.badAnswer(command: "squeue", text: line) }
    name = parts[0]
    job = parts[1]
    index = Int(parts[2])
    state = SlurmState(parts[3])
    node = parts[4]
    reason = parts[5]
  }

  /// Which task it is.
  struct Key: Hashable {
    let job: ExactString
    let index: Int?
  }

  var key: Key { Key(job: ExactString(job), index: index) }
}

/// A state of a job, by Slurm's own word. Words that are not known count as "it goes on": then the job is looked at
/// again.
struct SlurmState: Equatable {
  @ExactString private(set) var word: String

  init(_ word: String) { self.word = word }

  /// States in which a job is over, or waits.
  enum Known: String {
    case bootFail = "BOOT_FAIL"
    case cancelled = "CANCELLED"
    case completed = "COMPLETED"
    case deadline = "DEADLINE"
    case failed = "FAILED"
    case nodeFail = "NODE_FAIL"
    case outOfMemory = "OUT_OF_MEMORY"
    case preempted = "PREEMPTED"
    case revoked = "REVOKED"
    case timeout = "TIMEOUT"
    case pending = "PENDING"
    case requeued = "REQUEUED"
    case requeueHold = "REQUEUE_HOLD"
    case requeueFed = "REQUEUE_FED"
  }

  /// nil for all other words.
  var known: Known? { Known(rawValue: word) }
  var isWaiting: Bool {
    switch known {
    case .pending, .requeued, .requeueHold, .requeueFed: true
    default: false
    }
  }
  var isOver: Bool { known != nil && !isWaiting }
}

/// How a job ended, as scontrol shows it for some minutes.
struct SlurmEnding: Equatable {
  let state: SlurmState
  /// The program's exit code, and the signal that ended it; 0: none.
  let code: Int
  let signal: Int

  init(state: SlurmState, code: Int = 0, signal: Int = 0) {
    self.state = state
    self.code = code
    self.signal = signal
  }

  /// - Parameter text: lines of `scontrol -o show job`; the last one counts.
  /// - Returns: nil for a text without a state.
  init?(_ text: String) {
    guard let line = text.pieces(at: "\n").last else { return nil }
    let words = line.pieces(at: " ")
    func value(_ key: String) -> String? { words.lazy.compactMap { $0.rest(after: key + "=") }.first }
    guard let state = value("JobState") else { return nil }
    let numbers = value("ExitCode")?.pieces(at: ":").compactMap { Int($0) } ?? []
    self.init(
      state: SlurmState(state), code: numbers.first ?? 0, signal: numbers.count == 2 ? numbers[1] : 0)
  }
}
