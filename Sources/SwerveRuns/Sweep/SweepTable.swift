import SwerveRL
import SwerveText

/// The results of a sweep: for each point of the grid, the last value of some metrics over its seeds.
package struct SweepTable {
  /// One metric at one point.
  package struct Cell: Equatable {
    /// Of the seeds that are complete and have a value, in their order.
    package let values: [Float]
    private var overSeeds: SeedMean? { SeedMean(values.map(Double.init)) }
    package var mean: Double? { overSeeds?.mean }
    /// Half of the 95 % interval of the mean, by Student's t; nil for fewer than two seeds.
    package var halfWidth: Double? { overSeeds?.halfWidth }
    /// Of the sample (n - 1); nil for fewer than two seeds.
    package var deviation: Double? { overSeeds?.deviation }
  }

  package struct Row {
    package let options: [SweepMember.Option]
    package let complete: Int
    package let seeds: Int
    package let cells: [Cell]
  }

  /// "STAGE success/plus1" where the script has more than one stage with it.
  package let metrics: [String]
  package let rows: [Row]
  /// What complete members have instead where no metric was meant, in their order; else empty.
  package let others: [String]

  /// - Parameter shown: names of metrics; a stage's last step must have them.
  /// - Throws: RunError for a record that can't be read.
  package init(_ sweep: Sweep, shown: [Glob] = [Glob("success/*")]) throws {
    let members = sweep.plan.members
    // nil for a member that is not complete.
    var results: [[ExactString: Float]?] = []
    var names: [String] = []
    var others: [String] = []
    for member in members {
      let run = sweep.runFolder(member)
      guard try sweep.status(member) == .complete, let result = try RunReader.result(run) else {
        results.append(nil)
        continue
      }
      var values: [ExactString: Float] = [:]
      for stage in result.stages {
        for metric in stage.metrics {
          guard shown.contains(where: { $0.matches(metric.name) }) else {
            if !others.containsExactly(metric.name) { others.append(metric.name) }
            continue
          }
          let name = result.stages.count == 1 ? metric.name : "\(stage.name) \(metric.name)"
          if !names.containsExactly(name) { names.append(name) }
          values[ExactString(name)] = metric.value
        }
      }
      results.append(values)
    }
    metrics = names
    self.others = names.isEmpty ? others : []
    let seeds = sweep.plan.seeds.count
    rows = sweep.plan.points.enumerated().map { index, point in
      let own = results[index * seeds..<(index + 1) * seeds]
      return Row(
        options: point, complete: own.count { $0 != nil }, seeds: seeds,
        cells: names.map { name in Cell(values: own.compactMap { $0?[ExactString(name)] }) })
    }
  }

  package func text() -> String {
    let keys = rows.first?.options.map(\.key) ?? []
    let head = keys.map { $0.uppercased() } + ["SEEDS"] + metrics.map { $0.uppercased() }
    return TextTable.text(
      [head]
        + rows.map { row in
          row.options.map(\.value) + [row.complete == row.seeds ? "\(row.seeds)" : "\(row.complete)/\(row.seeds)"]
            + row.cells.map(Self.text)
        })
  }

  private static func text(_ cell: Cell) -> String {
    guard let mean = cell.mean else { return "-" }
    return thousandths(mean) + (cell.halfWidth.map { " +- " + thousandths($0) } ?? "")
  }

  private static func thousandths(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    let whole = Int((value * 1000).rounded())
    let digits = String(abs(whole) % 1000)
    return (whole < 0 ? "-" : "") + "\(abs(whole) / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
  }

  package var json: JSONValue {
    .array(
      rows.map { row in
        [
          "options": .object(row.options.map { JSONMember($0.key, .string($0.value)) }),
          "complete": .integer(row.complete), "seeds": .integer(row.seeds),
          "metrics": .object(
            zip(metrics, row.cells).map { name, cell in
              JSONMember(
                name,
                [
                  "mean": cell.mean.map { .double($0) } ?? .null,
                  "deviation": cell.deviation.map { .double($0) } ?? .null,
                  "values": .array(cell.values.map { .float($0) }),
                ])
            }),
        ]
      })
  }
}
