import SwerveFiles
import SwerveRecords
import SwerveText

/// Where the numbers of a report come from: all inputs of each series, and the command that gives each run again.
struct ReportProvenance {
  private let data: ReportData
  private let again: [[RunAgain]]

  /// - Throws: FileError for a record without its limits.
  init(_ data: ReportData) throws {
    self.data = data
    var finder = RunAgainFinder()
    again = try data.all.map { try $0.runs.map { try finder.find($0) } }
  }

  func html() -> String {
    let machines = data.runs.compactMap { run in run.manifest.notCompared.first { $0.0 == "cpu" }?.1 }.distinct
    return
      "<h2>Provenance</h2>\n<p>"
      + (machines.isEmpty ? "" : "Recorded on \(Markup.escaped(machines.joined(separator: "; "))). ")
      + "The bits are the same on any machine and any number of threads with exact math. Each command gives its run again, in the folder that this page "
      + "was made in: <code>swerve run</code> records it anew, <code>swerve replay</code> computes it from the script that its "
      + "record holds, and compares every number.</p>\n"
      + zip(data.all, again).map(Self.section).joined()
  }

  private static func section(_ series: RunSeries, _ again: [RunAgain]) -> String {
    guard let manifest = series.runs.first?.manifest else { return "" }
    let name = series.label.isEmpty ? manifest.name : series.label
    return "<h3>\(Markup.escaped(name))</h3>\n" + inputs(manifest) + commands(series, again) + runs(series)
  }

  private static func inputs(_ manifest: Manifest) -> String {
    let inputs = manifest.inputs
    func listed(_ value: JSONValue) -> String {
      (value.members ?? []).map { "\($0.key) = \($0.value.compact())" }.joined(separator: ", ")
    }
    var rows = [
      ["input", "value"], ["options", listed(inputs.options)], ["limits", listed(inputs.limits)],
      ["math", "\(inputs.math), version \(inputs.mathVersion)"], ["script \(manifest.script)", inputs.scriptSHA256],
    ]
    rows += inputs.files.map { ["file \($0.path)", $0.sha256] }
    return
      "<p>Script \(Markup.escaped(manifest.script)), SHA-256 <code>\(inputs.scriptSHA256)</code></p>\n"
      + "<details><summary>All that went in, but for the seeds</summary>\(ReportText.table(rows))</details>\n"
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

  private static func runs(_ series: RunSeries) -> String {
    ReportText.table(
      [["run", "status", "seed", "weights", "chain"]]
        + series.runs.map { run in
          [
            run.path, run.state.rawValue, "\(run.manifest.inputs.seed)", weights(run), run.recorded.chain.leading(16),
          ]
        })
  }

  /// The digest of each stage's weights, or of the weights after the last step of a run that did not end.
  private static func weights(_ run: RecordedRun) -> String {
    let stages = (run.result?.stages ?? []).compactMap { stage in
      stage.weightsSHA256.map { "\(stage.name) \($0.leading(16))" }
    }
    if !stages.isEmpty { return stages.joined(separator: ", ") }
    return run.recorded.steps.last.map { $0.weights.leading(16) } ?? "-"
  }
}
