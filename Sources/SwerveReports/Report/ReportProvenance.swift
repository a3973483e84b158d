import SwerveFiles
import SwerveRecords
import SwerveText

/// Where the numbers of a report come from: all inputs of each series, and the command that gives each run again.
struct ReportProvenance {
  private let runs: [RecordedRun]
  /// Runs that differ only in their seeds, whatever the report groups by.
  private let series: [RunSeries]
  private let again: [[RunAgain]]

  /// - Throws: FileError for a record without its limits.
  init(_ runs: [RecordedRun]) throws {
    self.runs = runs
    series = RunSeries.all(runs)
    var finder = RunAgainFinder()
    again = try series.map { try $0.runs.map { try finder.find($0) } }
  }

  var tables: [ReportTable] { series.indices.flatMap { [inputs($0), members($0)] } }

  func html() -> String {
    let machines = runs.compactMap { run in run.manifest.notCompared.first { $0.0 == "cpu" }?.1 }.distinct
    return
      "<h2>Provenance</h2>\n<p>"
      + (machines.isEmpty ? "" : "Recorded on \(Markup.escaped(machines.joined(separator: "; "))). ")
      + "The bits are the same on any machine and any number of threads with exact math. Each command gives its run again, in the folder that this page "
      + "was made in: <code>swerve run</code> records it anew, <code>swerve replay</code> computes it from the script that its "
      + "record holds, and compares every number.</p>\n"
      + series.indices.map(section).joined()
  }

  private func section(_ index: Int) -> String {
    let manifest = series[index].runs[0].manifest
    let name = series[index].label.isEmpty ? manifest.name : series[index].label
    return "<h3>\(Markup.escaped(name))</h3>\n<p>Script \(Markup.escaped(manifest.script)), "
      + "SHA-256 <code>\(manifest.inputs.scriptSHA256)</code></p>\n"
      + "<details><summary>All that went in, but for the seeds</summary>\(inputs(index).html())</details>\n"
      + Self.commands(series[index], again[index]) + members(index).html()
  }

  private func inputs(_ index: Int) -> ReportTable {
    let manifest = series[index].runs[0].manifest
    let inputs = manifest.inputs
    func listed(_ value: JSONValue) -> String {
      (value.members ?? []).map { "\($0.key) = \($0.value.compact())" }.joined(separator: ", ")
    }
    let rows = [
      ["options", listed(inputs.options)], ["limits", listed(inputs.limits)],
      ["math", "\(inputs.math), version \(inputs.mathVersion)"], ["script \(manifest.script)", inputs.scriptSHA256],
    ]
    return ReportTable(
      name: "inputs-\(index + 1)", columns: ["input", "value"],
      texts: rows + inputs.files.map { ["file \($0.path)", $0.sha256] })
  }

  /// The commands. Those that are not `swerve run` are below the reason for that.
  private static func commands(_ series: RunSeries, _ again: [RunAgain]) -> String {
    var parts: [(reason: String?, commands: [String])] = []
    for (run, again) in zip(series.runs, again) {
      let reason = again.reason.map {
        again.command == nil ? "Seed \(run.manifest.inputs.seed) can't be computed again here: \($0)." : "\($0):"
      }
      if parts.isEmpty || parts[parts.count - 1].reason !== reason { parts.append((reason, [])) }
      if let command = again.command { parts[parts.count - 1].commands.append(command) }
    }
    return parts.map { reason, commands in
      (reason.map { "<p class=\"soft\">\(Markup.escaped($0))</p>\n" } ?? "")
        + (commands.isEmpty
          ? "" : "<pre tabindex=\"0\">\(Markup.escaped(commands.joined(separator: "\n")))</pre>\n")
    }.joined()
  }

  private func members(_ index: Int) -> ReportTable {
    ReportTable(
      name: "runs-\(index + 1)",
      columns: ["run", "status", "seed", "date", "duration", "memory", "host", "commit", "weights", "chain"],
      texts: series[index].runs.map { run in
        func recorded(_ key: String) -> String { run.manifest.notCompared.first { $0.0 === key }?.1 ?? "-" }
        let cost = run.cost
        // Seven digits are as many as git shows.
        let commit = recorded("commit").pieces(at: " ")
        return [
          run.path, run.state.rawValue, "\(run.manifest.inputs.seed)", recorded("date"),
          cost.map { DisplayNumber.duration($0.seconds) } ?? "-",
          cost.map { DisplayNumber.mebibytes($0.peakMemoryBytes) } ?? "-", recorded("host"),
          ([commit[0].leading(7)] + commit.dropFirst()).joined(separator: " "), Self.weights(run),
          run.recorded.chain.leading(16),
        ]
      })
  }

  /// The digest of each stage's weights, or of the last weights that were hashed in a run that did not end.
  private static func weights(_ run: RecordedRun) -> String {
    let stages = (run.result?.stages ?? []).compactMap { stage in
      stage.weightsSHA256.map { "\(stage.name) \($0.leading(16))" }
    }
    if !stages.isEmpty { return stages.joined(separator: ", ") }
    return run.recorded.lastWeights?.leading(16) ?? "-"
  }
}
