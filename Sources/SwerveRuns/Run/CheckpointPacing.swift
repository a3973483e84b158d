import SwerveRL

/// When a run writes a snapshot from which it can resume. This does not affect anything that is compared.
package struct CheckpointPacing: Sendable {
  /// Steps between snapshots; nil: by time.
  package let steps: Int?
  /// Whether a snapshot is kept after the next one was written, so that a replay can start from it.
  package let keepsAll: Bool
  private static let leastSeconds = 60.0
  /// Writing takes at most this share of the time.
  private static let share = 0.02
  private var stepsSince = 0
  private var sinceWritten = Stopwatch()
  private var secondsToWrite = 0.0

  /// - Parameter steps: at least 1; nil: after a minute, or later if writing a snapshot takes long.
  package init(steps: Int? = nil, keepsAll: Bool = false) {
    self.steps = steps
    self.keepsAll = keepsAll
  }

  /// Call it once after each step.
  mutating func isDue() -> Bool {
    stepsSince += 1
    if let steps { return stepsSince >= steps }
    return sinceWritten.seconds >= max(Self.leastSeconds, secondsToWrite / Self.share)
  }

  /// Runs `body`, which writes the snapshot.
  mutating func measure(_ body: () throws -> Void) rethrows {
    let watch = Stopwatch()
    try body()
    secondsToWrite = watch.seconds
    sinceWritten = Stopwatch()
    stepsSince = 0
  }
}
