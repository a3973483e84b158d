import SwerveRL
import SwerveScript
import SwerveText

/// A name of a column or a condition, understood.
package enum RunField: Equatable, Sendable {
  /// One of `facts`.
  case fact(String)
  case option(String)
  /// Of the last step.
  case metric(String)
  case stageMetric(stage: String, metric: String)

  /// What every run has, beside options and metrics.
  package static let facts = [
    "run", "name", "seed", "status", "steps", "planned", "stages", "weights", "problem", "script", "task", "math",
    "math_version", "date", "swerve", "cpu",
  ]

  /// nil where the run has no such value.
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
    case "status": .text(row.status)
    case "steps": .number(String(row.steps))
    case "planned": .number(String(row.planned))
    case "stages": .text(row.stages.joined(separator: ","))
    case "weights": row.weightsSHA256.map { .text($0) }
    case "problem": row.problem.map { .text($0) }
    // An option of this name is what chooses it.
    case "task": option(name, row) ?? row.origin.first { $0.key === name }.flatMap { RunValue($0.value) }
    default: row.origin.first { $0.key === name }.flatMap { RunValue($0.value) }
    }
  }

  private static func option(_ name: String, _ row: RunRow) -> RunValue? {
    row.options.first { $0.key === name }.flatMap { RunValue($0.value) }
  }

  private static func metric(_ name: String, _ metrics: [Metric]) -> RunValue? {
    // By its shortest text, so that 0.1 in a condition is the 0.1 that is shown.
    metrics.first { $0.name === name }?.value.map { .number(ExactText.text($0)) }
  }
}

/// All the names that some runs have.
package struct RunFields: Sendable {
  /// In the order in which runs and their options and metrics stand.
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
    // One thing for all runs: a column never mixes an option of some with a metric of others.
    if options.containsExactly(name) { return .option(name) }
    if metrics.containsExactly(name) { return .metric(name) }
    if let option = name.rest(after: "option."), options.containsExactly(option) { return .option(option) }
    if let metric = name.rest(after: "metric."), metrics.containsExactly(metric) { return .metric(metric) }
    if let field = stageMetric(name) { return field }
    throw UsageError(
      "no run here has an option or a metric '\(name)'"
        + didYouMean(name, among: RunField.facts + options + metrics + stageMetrics))
  }

  /// The names that a pattern covers; a name without `*` or `?` stands for itself.
  /// - Throws: UsageError where there are none.
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

  /// STAGE:METRIC, as they are written; of thousands of runs, only made where one is asked for.
  private var stageMetrics: [String] {
    rows.flatMap { row in
      row.progress.flatMap { stage in stage.metrics.map { "\(stage.name):\($0.name)" } }
    }.distinct
  }
}
