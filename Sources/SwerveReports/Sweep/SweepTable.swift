import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// The results of a sweep: for each point, the values of some metrics over its seeds, of each stage's last step or, where the
/// stage keeps its best step, of that one.
package struct SweepTable {
  /// One metric at one point.
  package struct Cell: Equatable {
    /// The values for the point's seeds, in their order; nil for a seed that is not complete or has no value.
    package let values: [Float?]
    /// The interval of the value, if there is only one and it is a rate over a known number of episodes.
    package let rate: RateInterval?
    private var overSeeds: SeedMean? { SeedMean(values.compactMap { $0.map(Double.init) }) }
    /// The number of seeds with a value.
    package var count: Int { overSeeds?.count ?? 0 }
    package var mean: Double? { overSeeds?.mean }
    /// Half of the 95 % interval of the mean, by Student's t; nil for fewer than two seeds.
    package var halfWidth: Double? { overSeeds?.halfWidth }
    /// The sample standard deviation (n - 1); nil for fewer than two seeds.
    package var standardDeviation: Double? { overSeeds?.standardDeviation }
  }

  package struct Row {
    package let options: [SweepMember.Option]
    package let complete: Int
    package let seeds: Int
    /// The steps at which halving stopped members of the point, in the order of the seeds.
    package let halvedAt: [Int]
    package let cells: [Cell]
  }

  /// "success/plus1"; "STAGE success/plus1" if some member has more than one stage.
  package let metrics: [String]
  package let rows: [Row]
  /// If no metric was found, the metrics that complete members have, in their order; else empty.
  package let others: [String]
  /// The metrics that were asked for.
  private let shown: [Glob]

  /// The metrics that a table shows if none are asked for.
  package static let usual = MetricTable.rateGlobs.map { Glob($0) }

  /// - Parameters:
  ///   - shown: names of metrics; the step that gives a stage's result must have them.
  ///   - halvedAt: the step at which halving stopped each member, in the sweep's order; empty without halving.
  ///   - completeRun: the folder of a member's run; nil if that is not complete.
  /// - Throws: RecordError or FileError for a record that can't be read.
  package init(
    _ plan: SweepPlan, shown: [Glob] = SweepTable.usual, halvedAt: [Int?] = [],
    completeRun: (SweepMember) throws -> RunFolder?
  ) throws {
    let results = try plan.members.map { try completeRun($0).flatMap(Self.result) }
    let stages = results.compactMap(\.self).flatMap { $0 }
    // The number of stages may differ between points.
    let hasStages = results.contains { ($0?.count ?? 0) > 1 }
    func name(_ stage: StageResult, _ metric: Metric) -> String {
      hasStages ? "\(stage.name) \(metric.name)" : metric.name
    }
    func isShown(_ metric: Metric) -> Bool { shown.contains { $0.matches(metric.name) } }
    let names = stages.flatMap { stage, _ in stage.metrics.filter(isShown).map { name(stage, $0) } }.distinct
    // The values of each member, by column.
    let measured = results.map { stages in
      Dictionary(
        (stages ?? []).flatMap { stage, info in
          stage.metrics.filter(isShown).map { (ExactString(name(stage, $0)), (metric: $0, stage: info)) }
        }, uniquingKeysWith: { first, _ in first })
    }
    func cell(_ column: String, _ members: Range<Int>) -> Cell {
      let found = measured[members].map { $0[ExactString(column)] }
      let single = found.compactMap(\.self).filter { $0.metric.value != nil }
      return Cell(
        values: found.map { $0?.metric.value },
        rate: single.count == 1 ? Self.rate(single[0].metric, single[0].stage) : nil)
    }
    let seeds = plan.seeds.count
    self.shown = shown
    metrics = names
    others = names.isEmpty ? stages.flatMap { $0.0.metrics.map(\.name) }.distinct : []
    rows = plan.points.enumerated().map { index, point in
      let own = index * seeds..<(index + 1) * seeds
      return Row(
        options: point, complete: results[own].count { $0 != nil }, seeds: seeds,
        halvedAt: halvedAt.isEmpty ? [] : halvedAt[own].compactMap(\.self), cells: names.map { cell($0, own) })
    }
  }

  /// Each stage's result, and its entry in the plan.
  private static func result(_ run: RunFolder) throws -> [(StageResult, StageInfo?)]? {
    let (folder, manifest) = try RunReader.open(run.path)
    return try RunReader.result(folder)?.stages.map { stage in
      let info = manifest.stages.first { $0.name === stage.name }
      guard stage.best != nil, let info, let line = try RunReader.read(run.path).recorded.resultLine(of: info) else {
        return (stage, info)
      }
      return (stage.with(metrics: line.metrics), info)
    }
  }

  private static func rate(_ metric: Metric, _ stage: StageInfo?) -> RateInterval? {
    guard let stage, let value = metric.value else { return nil }
    return StageEvaluation(stage, []).interval(metric.name, value)
  }

  package func text() -> String {
    let keys = rows.first?.options.map(\.key) ?? []
    let hasHalved = rows.contains { !$0.halvedAt.isEmpty }
    let head =
      keys.map { $0.uppercased() } + ["SEEDS"] + (hasHalved ? ["STOPPED AT"] : []) + metrics.map { $0.uppercased() }
    return TextTable.text(
      [head]
        + rows.map { row in
          row.options.map(\.value) + [row.complete == row.seeds ? "\(row.seeds)" : "\(row.complete)/\(row.seeds)"]
            + (hasHalved
              ? [row.halvedAt.isEmpty ? "-" : "step " + row.halvedAt.map { "\($0)" }.joined(separator: ", ")] : [])
            + row.cells.map { Self.text($0, complete: row.complete) }
        })
  }

  /// "0.325 +- 0.041", or "0.325 [0.26, 0.39]" for one seed. If not all complete seeds have a value, the number of
  /// seeds is added.
  private static func text(_ cell: Cell, complete: Int) -> String {
    guard let mean = cell.mean else { return "-" }
    let interval =
      cell.halfWidth.map { " +- " + DisplayNumber.fixed($0, decimals: 3) }
      ?? cell.rate.map { " " + StageEvaluation.text($0) }
    return DisplayNumber.fixed(mean, decimals: 3) + (interval ?? "")
      + (cell.count == complete ? "" : " (n=\(cell.count))")
  }

  /// A note for people if no complete member has a metric that was asked for.
  package var note: String? {
    if others.isEmpty { return nil }
    let asked = shown.map(\.pattern).joined(separator: ", ")
    return "no member has a metric \(asked); they have \(others.prefix(8).joined(separator: ", "))"
      + (others.count > 8 ? ", ..." : "") + ": show some with --metric GLOB"
  }

  package var json: JSONValue {
    .array(
      rows.map { row in
        [
          "options": .object(row.options.map { JSONMember($0.key, .string($0.value)) }),
          "complete": .integer(row.complete), "seeds": .integer(row.seeds),
          "stopped_at": .array(row.halvedAt.map { .integer($0) }),
          "metrics": .object(
            zip(metrics, row.cells).map { name, cell in
              JSONMember(
                name,
                [
                  "mean": cell.mean.map { .double($0) } ?? .null,
                  "deviation": cell.standardDeviation.map { .double($0) } ?? .null,
                  "half_width": cell.halfWidth.map { .double($0) } ?? .null,
                  "rate_interval": cell.rate?.json ?? .null, "n": .integer(cell.count),
                  "values": .array(cell.values.map { .float($0) }),
                ])
            }),
        ]
      })
  }
}
