import SwerveText

/// What a user asks of Slurm for each member.
package struct SlurmOptions: Sendable {
  package var partition: String?
  /// As sbatch takes it: minutes, hours:minutes:seconds, days-hours.
  package var time: String?
  /// As sbatch takes it: 4G.
  package var memory: String?
  /// The most members at a time; nil: as many as Slurm lets run.
  package var throttle: Int?
  /// Further options of sbatch.
  package let others: [(key: String, value: String)]
  /// Whether a job that follows makes a report.
  package var makesReport = false

  /// Options that the batch script sets itself.
  private static let own = [
    "array", "chdir", "cpus-per-task", "dependency", "error", "export", "input", "job-name", "mem", "no-requeue",
    "nodes",
    "ntasks", "open-mode", "output", "parsable", "partition", "requeue", "signal", "time", "wait", "wrap",
  ]

  /// - Parameter others: "KEY=VALUE", or "KEY" for an option without a value.
  /// - Throws: OptionError.
  package init(others: [String] = []) throws {
    self.others = try others.map { text in
      let parts = text.pieces(at: "=", most: 2, omittingEmpty: false)
      let key = parts[0].rest(after: "--") ?? parts[0]
      guard !key.isEmpty, key.utf8.allSatisfy({ (97...122).contains($0) || $0 == 45 }) else {
        throw OptionError(
          "--slurm-option needs KEY=VALUE with a long option of sbatch, such as account=mine, got \"\(text)\"")
      }
      if Self.own.containsExactly(key) {
        throw OptionError("--slurm-option \(key): swerve sets it itself\(Self.instead(key))")
      }
      let value = parts.count == 2 ? parts[1] : ""
      try Self.check("--slurm-option \(key)", value)
      return (key, value)
    }
    if let twice = self.others.map(\.key).firstRepetition {
      throw OptionError("--slurm-option \(self.others[twice.first].key) is there twice")
    }
  }

  /// - Throws: OptionError for a value that a batch script can't hold.
  package func check() throws {
    for (name, value) in [("--partition", partition), ("--time", time), ("--mem", memory)] {
      guard let value else { continue }
      if value.isEmpty { throw OptionError("\(name) is empty") }
      try Self.check(name, value)
    }
    if let throttle, throttle < 1 { throw OptionError("--throttle must be at least 1, got \(throttle)") }
  }

  private static func check(_ name: String, _ value: String) throws {
    if !SlurmBatch.isWritable(value) {
      throw OptionError(
        "\(name): a value can't have a quote, a backslash or a control character, got \(value.debugDescription)")
    }
  }

  private static func instead(_ key: String) -> String {
    switch key {
    case "partition", "time", "mem": "; give --\(key)"
    case "array": "; --throttle limits how many run at a time"
    case "cpus-per-task": "; give --threads"
    default: ""
    }
  }

  /// The seconds before the end of the time at which a member is told to write a checkpoint: two minutes, or a fifth of a
  /// short time. Slurm may be a minute early.
  var warning: Int { time.flatMap(Self.seconds).map { min(120, max(10, $0 / 5)) } ?? 120 }

  /// Seconds of a time as sbatch takes it: M, M:S, H:M:S, D-H, D-H:M, D-H:M:S; nil for any other text.
  static func seconds(_ text: String) -> Int? {
    let parts = text.pieces(at: "-", omittingEmpty: false)
    let numbers = (parts.last ?? "").pieces(at: ":", omittingEmpty: false).map { Int($0) }
    guard parts.count <= 2, numbers.count <= 3, let days = parts.count == 2 ? Int(parts[0]) : 0,
      numbers.allSatisfy({ (0..<1_000_000).contains($0 ?? -1) }), (0..<10_000).contains(days)
    else { return nil }
    let given = numbers.map { $0 ?? 0 }
    // With days, the first number is hours; else the last is seconds, and a single one is minutes.
    let units = parts.count == 2 ? [3600, 60, 1] : given.count == 3 ? [3600, 60, 1] : [60, 1]
    return days * 86_400 + zip(given, units).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// As lines of a batch script, in a fixed order.
  var lines: [String] {
    [("partition", partition), ("time", time), ("mem", memory)].compactMap { key, value in
      value.map { SlurmBatch.line(key, $0) }
    } + others.map { SlurmBatch.line($0.key, $0.value) }
  }
}
