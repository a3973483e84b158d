import SwerveFiles
import SwerveText

/// Why members wait, said when it lasts: after half a minute, then each time after twice as long.
struct SlurmWaiting {
  private var since: [(reason: ExactString, start: Double, next: Double)] = []
  private static let first = 30.0

  /// - Parameters:
  ///   - reasons: of each member that waits.
  ///   - running: how many run. While some do, it is no wonder that others wait for room.
  ///   - seconds: of any clock that goes on.
  /// - Returns: what should be said now.
  mutating func update(_ reasons: [String], running: Int, seconds: Double) -> [String] {
    let counts = Dictionary(reasons.map { (ExactString($0), 1) }, uniquingKeysWith: +)
    since.removeAll { counts[$0.reason] == nil }
    for reason in counts.keys.sorted() where !since.contains(where: { $0.reason == reason }) {
      since.append((reason, seconds, Self.first))
    }
    var said: [String] = []
    for index in since.indices {
      let (reason, start, next) = since[index]
      guard seconds - start >= next, !Self.isUsual(reason.wrappedValue, running: running) else { continue }
      since[index].next = 2 * (seconds - start)
      let lasted = DisplayNumber.duration(seconds - start)
      said.append("\(counts[reason] ?? 0) waiting for \(lasted): \(Self.explained(reason.wrappedValue))")
    }
    return said
  }

  private static func isUsual(_ reason: String, running: Int) -> Bool {
    if ["None", "JobArrayTaskLimit"].containsExactly(reason) { return true }
    return running > 0 && ["Resources", "Priority"].containsExactly(reason)
  }

  /// Slurm's word, and what it means for a user.
  static func explained(_ reason: String) -> String {
    let meaning = meanings.first { reason.beginsExactly(with: $0.word) }?.meaning
    return reason + (meaning.map { " (\($0))" } ?? "")
  }

  /// By how the word begins. From Slurm's squeue(1), "JOB REASON CODES".
  private static let meanings: [(word: String, meaning: String)] = [
    ("Resources", "no machine is free that has what a member asks for"),
    ("Priority", "jobs of others come first"),
    ("PartitionTimeLimit", "--time is longer than the partition allows"),
    ("PartitionNodeLimit", "the partition has no machine that large: fewer --threads, less --mem"),
    ("PartitionConfig", "the partition can't give what a member asks for: fewer --threads, less --mem"),
    ("PartitionDown", "the partition is closed; `sinfo` shows others"),
    ("PartitionInactive", "the partition is closed; `sinfo` shows others"),
    ("BadConstraints", "no machine can ever give what a member asks for"),
    ("JobHeldUser", "you hold it; `scontrol release JOB` lets it go"),
    ("JobHeldAdmin", "an administrator holds it"),
    ("launch_failed_requeued_held", "it could not start; `scontrol release JOB` tries again"),
    ("BeginTime", "Slurm starts it again some minutes after its machine was lost"),
    ("ReqNodeNotAvail", "machines are reserved or down"),
    ("Nodes_required_for_job_are_DOWN", "machines are down or reserved"),
    ("Assoc", "a limit of your account is reached"), ("QOS", "a limit of your quality of service is reached"),
    ("Dependency", "another job comes first"),
  ]
}
