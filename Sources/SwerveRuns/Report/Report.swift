import SwerveRL
import SwerveText

/// What `swerve report` writes: one page that needs no network and no script, with every number in a table as well.
package struct Report {
  private let data: ReportData
  private let title: String
  private let question: String

  /// - Parameter paths: run folders, and folders of them, such as a sweep's.
  /// - Throws: RunError for what is no run, and for a record that was edited.
  package init(_ paths: [String]) throws {
    var runs: [RecordedRun] = []
    for path in paths {
      if POSIXFile.kind(path) == .folder, POSIXFile.kind(RunFolder(path: path).manifest) == nil {
        let members = try POSIXFile.list(path).map { Path.join(path, $0) }
          .filter { POSIXFile.kind(RunFolder(path: $0).manifest) == .file }
        if members.isEmpty { throw RunError.notARun(path: path) }
        runs += try members.map { try RunReader.read($0) }
      } else if let run = path.start(before: ".log"), POSIXFile.kind(RunFolder(path: run).manifest) == .file {
        // What a sweep writes beside a member's folder: `report SWEEP/*` names it, too.
        continue
      } else {
        runs.append(try RunReader.read(path))
      }
    }
    for run in runs {
      if let chainBreak = run.chainBreak { throw RunError.chainBroken(path: run.folder.metrics, chainBreak) }
    }
    data = ReportData(runs)
    title = runs.map(\.manifest.name).distinct.joined(separator: ", ")
    question = try runs.first.map(Self.question) ?? ""
  }

  /// The comment that the script begins with.
  private static func question(_ run: RecordedRun) throws -> String {
    guard let script = try run.scriptCopies().first(where: { $0.path === run.manifest.script }) else { return "" }
    let text = String(decoding: script.bytes, as: UTF8.self)
    let lines = (text.rest(after: "\u{feff}") ?? text).pieces(at: "\n", omittingEmpty: false)
    let comment = lines.prefix { $0.beginsExactly(with: "--") }.map { line in
      String(line.unicodeScalars.drop { $0 == "-" }.drop { $0 == " " })
    }
    return comment.prefix { !$0.beginsExactly(with: "swerve ") }.joined(separator: " ")
  }

  /// The charts as files of their own: a name and the picture.
  package var charts: [(name: String, svg: String)] {
    (successCharts + criticalCharts + trainingCharts + certaintyCharts).map {
      ("\(Path.fileName($0.name.replacingExactly("/", with: "-"))).svg", $0.svg(withLegend: true))
    }
  }

  private func charts(_ isWanted: (String) -> Bool) -> [ReportChart] {
    data.metrics(where: isWanted).compactMap { ReportChart($0, data.compared) }
  }

  private var successCharts: [ReportChart] { charts { $0.beginsExactly(with: "success/") && $0 != "success/train" } }
  private var criticalCharts: [ReportChart] {
    charts { $0.beginsExactly(with: "critical/") && !$0.beginsExactly(with: "critical/train/") }
  }
  private var trainingCharts: [ReportChart] {
    charts {
      ["return", "success/train", "kl/full", "kl/k2", "entropy", "loss"].containsExactly($0)
        || $0.beginsExactly(with: "log/")
    }
  }

  /// - Throws: RunError for samples that can't be read.
  package func html() throws -> String {
    var body = "<h1>\(ReportText.escaped(title))</h1>\n<p>\(ReportText.escaped(question))</p>\n"
    body += "<h2>Results</h2>\n" + results() + unfinished() + comparisons()
    body += section("Success over the steps", successCharts, withLegend: true)
    body += section("Probability of the right character at critical tokens", criticalCharts)
    body += section("Training", trainingCharts)
    body += section("Certainty and weights of the tokens in the last update", certaintyCharts)
    body += (try samples()) + provenance()
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
      <title>\(ReportText.escaped(title))</title>
      <style>
      \(ReportText.styles)
      </style></head><body><main>
      \(body)</main></body></html>

      """
  }

  private var legend: String {
    "<p class=\"legend\">"
      + data.compared.enumerated().map {
        "<span><i class=\"key k\(SVGCanvas.style(ofColor: $0))\"></i>"
          + "\(ReportText.escaped($1.label))</span>"
      }.joined() + "</p>\n"
  }

  private func section(_ name: String, _ charts: [ReportChart], withLegend: Bool = false) -> String {
    if charts.isEmpty { return "" }
    let figures = charts.map { chart in
      "<figure><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Chart of \(ReportText.escaped(chart.name))\">"
        + "\(chart.svg())</div><details><summary>Numbers of \(ReportText.escaped(chart.name))</summary>"
        + ReportText.table(chart.table) + "</details></figure>\n"
    }
    let seeds = data.compared.map(\.runs.count).max() ?? 1
    let note = seeds > 1 ? "<p class=\"soft\">Means over \(seeds) seeds with the 95 % interval of the mean.</p>\n" : ""
    return "<h2>\(ReportText.escaped(name))</h2>\n" + note + legend
      + "<div class=\"charts\">\(figures.joined())</div>\n"
  }

  private func results() -> String {
    let metrics = data.metrics { $0.beginsExactly(with: "success/") && $0 != "success/train" }
    var rows = [["series", "seeds", "steps"] + metrics.flatMap { ["\($0) before", "after"] }]
    for series in data.compared {
      var row = [series.label, "\(series.runs.count)", "\(series.lastStep)"]
      for metric in metrics {
        let steps = series.steps(of: metric)
        for step in [steps.first, steps.last] {
          let value = step.flatMap { SeedMean(series.values(metric, step: $0)) }
          row.append(value.map { ReportText.interval($0) } ?? "-")
        }
      }
      rows.append(row)
    }
    return ReportText.table(rows)
  }

  private func unfinished() -> String {
    let count = data.unfinished.count
    if count == 0 || count == data.runs.count { return "" }
    return "<p class=\"soft\">\(count) of \(data.runs.count) runs did not end and are left out.</p>\n"
  }

  /// Every series against the first one, seed by seed: at the end, and the mean over the evaluations after the first, which is
  /// of the same weights for both.
  private func comparisons() -> String {
    guard let base = data.compared.first else { return "" }
    let metrics = data.metrics { $0.beginsExactly(with: "success/") && $0 != "success/train" }
    var rows: [[String]] = []
    for other in data.compared.dropFirst() where other.seeds == base.seeds {
      for metric in metrics {
        for (name, numbers) in [
          ("at the end", zip(Self.last(other, metric), Self.last(base, metric))),
          ("mean of the evaluations after step 0", zip(other.means(of: metric), base.means(of: metric))),
        ] {
          let pairs = numbers.map { $0 - $1 }
          guard let comparison = PairedComparison(differences: pairs) else { continue }
          rows.append([
            "\(other.label) − \(base.label)", metric, name, ReportText.signed(comparison.mean),
            "[\(ReportText.signed(comparison.low)), \(ReportText.signed(comparison.high))]",
            SeedMean(pairs)?.halfWidth.map { "± " + ReportText.number($0) } ?? "-",
            "\(comparison.wins) : \(comparison.ties) : \(comparison.losses)",
          ])
        }
      }
    }
    if rows.isEmpty { return "" }
    return
      "<h2>Paired by seed</h2>\n<p class=\"soft\">Mean difference, its 95 % interval by a bootstrap over the seeds, the "
      + "half width by Student's t, which is the safer one for few seeds, and on how many seeds it was above, equal, below.</p>\n"
      + ReportText.table([["difference", "metric", "when", "mean", "bootstrap", "Student", "seeds"]] + rows)
  }

  private static func last(_ series: ReportData.Series, _ metric: String) -> [Double] {
    series.steps(of: metric).last.map { series.values(metric, step: $0) } ?? []
  }

  private var certaintyCharts: [ReportChart] {
    ["certainty", "weight"].compactMap { ReportChart(quantilesOf: $0, data.compared) }
  }

  private func samples() throws -> String {
    var html = ""
    var hasProbabilities = false
    for series in data.compared {
      guard let run = series.runs.first, let samples = try ReportSamples(run, stage: series.stage) else { continue }
      html +=
        "<h3>\(ReportText.escaped(series.label)), seed \(run.manifest.inputs.seed), step \(samples.step)</h3>\n"
        + samples.html()
      if samples.samples.contains(where: { !$0.policy.isEmpty }) { hasProbabilities = true }
    }
    if html.isEmpty { return "" }
    let surprise =
      hasProbabilities
      ? ", and by how surprising the character was to the policy and to the reference (full at a probability of 1 in 1000)"
      : "; these records hold no probabilities"
    return
      "<h2>Samples</h2>\n<p class=\"soft\">Shaded by the weight of the KL penalty at each character (full at 1)\(surprise). "
      + "Hover for numbers.</p>\n" + html
  }

  /// The digest of each stage's weights, or of the last step's in a run that did not end.
  private static func weights(_ run: RecordedRun) -> String {
    let stages = (run.result?.stages ?? []).compactMap { stage in
      stage.weightsSHA256.map { "\(stage.name) \($0.leading(16))" }
    }
    if !stages.isEmpty { return stages.joined(separator: ", ") }
    return run.recorded.steps.last.map { $0.weights.leading(16) } ?? "-"
  }

  private func provenance() -> String {
    var rows = [["run", "status", "seed", "options", "math", "weights", "chain"]]
    for run in data.runs {
      let inputs = run.manifest.inputs
      rows.append([
        run.path, run.status, "\(inputs.seed)", inputs.options.compact(), "\(inputs.math) \(inputs.mathVersion)",
        Self.weights(run),
        run.recorded.chain.leading(16),
      ])
    }
    let commands = data.runs.map { run in
      let options = (run.manifest.inputs.options.members ?? []).map { member in
        " --set \(member.key)=\(member.value.string ?? member.value.compact())"
      }
      return "swerve run \(run.manifest.script)\(options.joined()) --seed \(run.manifest.inputs.seed)"
    }
    let script = data.runs.first?.manifest.inputs.scriptSHA256 ?? "-"
    let machine = data.runs.first?.manifest.notCompared.first { $0.0 == "cpu" }?.1 ?? "-"
    return
      "<h2>Provenance</h2>\n<p>Script SHA-256 \(script); recorded on \(ReportText.escaped(machine)). The bits are the same on "
      + "any machine and any number of threads; each of these commands gives its run again:</p>\n"
      + "<pre tabindex=\"0\">\(ReportText.escaped(commands.joined(separator: "\n")))</pre>\n" + ReportText.table(rows)
  }
}
