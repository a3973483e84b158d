import SwerveFiles
import SwerveRL
import SwerveText

/// The resolved name of a column or a condition.
package enum RunField: Equatable, Sendable {
  /// One of `facts`.
  case fact(String)
  case option(String)
  /// A metric of the last step.
  case metric(String)
  case stageMetric(stage: String, metric: String)

  /// What every run has, besides options and metrics.
  package static let facts = [
    "run", "name", "seed", "status", "steps", "planned", "stages", "weights", "problem", "script", "task", "math",
    "math_version", "date", "seconds", "peak_memory_bytes", "swerve", "host", "commit", "cpu",
  ]

  /// nil if the run has no such value.
  package func value(in row: RunRow) -> RunValue? {
    switch self {
    case .fact(let name): Self.fact(name, row)
    case .option(let name): Self.option(name, row)
    case .metric(let name): Self.metric(name, row.metrics)
    case .stageMetric(let stage, let name):
      Self.metric(name, row.progress.first { $0.name === stage }?.metrics ?? [])
    }
  }

  private static func fact(_ name: String, _ row: RunRow) -> RunValue? {
    switch name {
    case "run": .text(Path.name(row.path))
    case "name": .text(row.name)
    case "seed": row.seed.map { .number(String($0)) }
    case "status": .text(row.state.rawValue)
    case "steps": .number(String(row.steps))
    case "planned": .number(String(row.planned))
    case "stages": .text(row.stages.joined(separator: ","))
    case "seconds": row.cost.map { .number("\($0.seconds)") }
    case "peak_memory_bytes": row.cost.map { .number(String($0.peakMemoryBytes)) }
    case "weights": row.weightsSHA256.map { .text($0) }
    case "problem": row.problem.map { .text($0) }
    // If there is an option with this name, it selects the task.
    case "task": option(name, row) ?? row.origin.first { $0.key === name }.flatMap { RunValue($0.value) }
    default: row.origin.first { $0.key === name }.flatMap { RunValue($0.value) }
    }
  }

  private static func option(_ name: String, _ row: RunRow) -> RunValue? {
    row.options.first { $0.key === name }.flatMap { RunValue($0.value) }
  }

  private static func metric(_ name: String, _ metrics: [Metric]) -> RunValue? {
    // Compared by its shortest text, so that 0.1 in a condition equals the 0.1 that is shown.
    metrics.first { $0.name === name }?.value.map { .number(ExactText.text($0)) }
  }
}

/// All names that occur in some runs.
package struct RunFields: Sendable {
  /// In the order of the runs and of their options and metrics.
  package let options: [String]
  package let metrics: [String]
  private let rows: [RunRow]

  package init(_ rows: [RunRow]) {
    options = rows.flatMap { $0.options.map(\.key) }.distinct
    metrics = rows.flatMap { $0.metrics.map(\.name) }.distinct
    self.rows = rows
  }

  /// - Throws: UsageError for a name that no run has.
  package func field(_ name: String) throws -> RunField {
    if RunField.facts.containsExactly(name) { return .fact(name) }
    // The name means the same for all runs: a column never mixes an option of some runs with a metric of others.
    if options.containsExactly(name) { return .option(name) }
    if metrics.containsExactly(name) { return .metric(name) }
    if let option = name.rest(after: "option."), options.containsExactly(option) { return .option(option) }
    if let metric = name.rest(after: "metric."), metrics.containsExactly(metric) { return .metric(metric) }
    if let field = stageMetric(name) { return field }
    throw UsageError(
      "no run here has an option or a metric '\(name)'"
        + didYouMean(name, among: RunField.facts + options + metrics + stageMetrics))
  }

  /// The names that match a pattern; a name without `*` or `?` stands for itself.
  /// - Throws: UsageError if there are none.
  package func names(_ pattern: String) throws -> [String] {
    guard pattern.containsExactly("*") || pattern.containsExactly("?") else { return [pattern] }
    let glob = Glob(pattern)
    let names = (pattern.containsExactly(":") ? stageMetrics : options + metrics).filter { glob.matches($0) }
    if names.isEmpty { throw UsageError("no run here has an option or a metric that '\(pattern)' covers") }
    return names
  }

  private func stageMetric(_ name: String) -> RunField? {
    for row in rows {
      for stage in row.progress {
        if let metric = name.rest(after: stage.name + ":"), stage.metrics.contains(where: { $0.name === metric }) {
          return .stageMetric(stage: stage.name, metric: metric)
        }
      }
    }
    return nil
  }

  /// All names of the form STAGE:METRIC. They are made only if such a name is used, because there can be thousands of
  /// runs.
  private var stageMetrics: [String] {
    rows.flatMap { row in
      row.progress.flatMap { stage in stage.metrics.map { "\(stage.name):\($0.name)" } }
    }.distinct
  }
}
