import RunFixtures
import SwerveRL
import SwerveTestSupport
import SwerveText
import Testing

@testable import SwerveFiles
@testable import SwerveRecords
@testable import SwerveReports

/// What a report is asked: which series, metrics and pairs.
@Suite struct ReportQuestionTests {
  private static let stages = ["uniform", "prioritized"].map { StageInfo(name: $0, kind: "finetune", steps: 4) }

  /// Runs of two stages over options and seeds, each in a folder of its own. success/plus1 of the stage prioritized is
  /// larger by `gain(alpha, seed)`.
  private func record(
    alphas: [Int] = [0, 5], lrs: [Double] = [0.1], seeds: ClosedRange<UInt64> = 1...3,
    gain: @escaping (Int, UInt64) -> Float = { Float($0) / 64 + Float($1) / 128 }
  ) throws -> TemporaryFolder {
    let temporary = try TemporaryFolder()
    for alpha in alphas {
      for lr in lrs {
        for seed in seeds {
          var fake = FakeRun(seed: seed)
          fake.plan = Self.stages
          fake.options = ["alpha": .integer(alpha), "lr": .double(lr)]
          fake.change = { stage, step, metric in
            switch metric.name {
            case "success_plus1": Metric("success/plus1", 0.25 + (stage == "uniform" ? 0 : gain(alpha, seed)))
            case "kl_k2": Metric("kl/full", Float(step) / 8 + Float(lr))
            default: metric
            }
          }
          _ = try fake.record(in: temporary.file("a\(alpha)-l\(lr)-s\(seed)"))
        }
      }
    }
    return temporary
  }

  private func comparison(
    _ folder: TemporaryFolder, _ change: (inout ReportQuestion) -> Void
  ) throws -> ReportComparison {
    var question = ReportQuestion()
    change(&question)
    let records = try POSIXFile.list(folder.path).flatMap { outer in
      try POSIXFile.list(folder.file(outer)).map { try RunReader.read(Path.join(folder.file(outer), $0)) }
    }
    let data = ReportData(records, by: try RunGrouping(question.grouping, options: ["alpha", "lr"]))
    return try ReportComparison(data, question)
  }

  /// The pairs by the labels of their series.
  private func pairs(_ comparison: ReportComparison) -> [String] {
    comparison.pairs.map { "\(comparison.series[$0.a].label) - \(comparison.series[$0.b].label)" }
  }

  @Test func comparesWithTheFirstSeriesUnlessAsked() throws {
    let folder = try record(alphas: [0, 5])
    #expect(
      try pairs(comparison(folder) { _ in }) == [
        "alpha=0 prioritized - alpha=0 uniform", "alpha=5 uniform - alpha=0 uniform",
        "alpha=5 prioritized - alpha=0 uniform",
      ])
  }

  @Test func comparesWithABaselineInTheSameSetting() throws {
    let folder = try record()
    #expect(
      try pairs(comparison(folder) { $0.baseline = "uniform" }) == [
        "alpha=0 prioritized - alpha=0 uniform", "alpha=5 prioritized - alpha=5 uniform",
      ])
    #expect(
      try pairs(comparison(folder) { $0.baseline = "alpha=5" }) == [
        "alpha=0 uniform - alpha=5 uniform", "alpha=0 prioritized - alpha=5 prioritized",
      ])
    let one = try comparison(folder) { $0.baseline = "alpha=5 uniform" }
    #expect(one.series[0].label == "alpha=5 uniform" && one.pairs.count == 3)
    #expect(pairs(one).allSatisfy { $0.hasSuffix(" - alpha=5 uniform") })
  }

  @Test func comparesEveryPairOrThoseNamed() throws {
    let folder = try record()
    #expect(try comparison(folder) { $0.pairs = ["all"] }.pairs.count == 6)
    #expect(
      try pairs(comparison(folder) { $0.pairs = ["alpha=5 uniform:alpha=0 uniform,prioritized:uniform"] }) == [
        "alpha=5 uniform - alpha=0 uniform", "alpha=0 prioritized - alpha=0 uniform",
        "alpha=5 prioritized - alpha=5 uniform",
      ])
  }

  @Test func refusesNamesThatNothingHas() throws {
    let folder = try record()
    func error(_ change: (inout ReportQuestion) -> Void) -> (any UserFacingError)? {
      runError { _ = try comparison(folder, change) }
    }
    let baseline = error { $0.baseline = "unifrom" }
    #expect(
      baseline?.message == "--baseline 'unifrom': no series of this report has this name; did you mean 'uniform'?")
    #expect(baseline?.hint?.contains("alpha=0 uniform; alpha=0 prioritized; alpha=5 uniform") == true)
    let metric = error { $0.metrics = ["sucess/plus1"] }
    #expect(metric?.message.hasSuffix("has a metric of this name; did you mean 'success/plus1'?") == true)
    #expect(metric?.hint?.contains("kl/full") == true)
    #expect(error { $0.grouping = "alfa" }?.message.hasSuffix("; did you mean 'alpha'?") == true)
    #expect(error { $0.grouping = "x" }?.hint == "there is alpha, lr, script, stage")
    #expect(error { $0.pairs = ["uniform"] }?.message.contains("pairs of names such as A:B") == true)
    #expect(error { $0.pairs = ["uniform:prioritised"] }?.message.contains("did you mean 'prioritized'?") == true)
    #expect(error { $0.metrics = ["nothing*"] }?.message.contains("--metric 'nothing*'") == true)
  }

  /// Two learning rates of one seed are one number of that seed.
  @Test func groupsRunsByAnOptionAndTakesTheMeanOfASeed() throws {
    let folder = try record(alphas: [0, 5], lrs: [0.25, 0.75], seeds: 1...2)
    let grouped = try comparison(folder) {
      $0.grouping = "alpha"
      $0.metrics = ["kl/full"]
    }
    #expect(grouped.series.map(\.label).distinct.count == 4 && grouped.metrics == ["kl/full"])
    let series = grouped.series[0]
    #expect(series.label == "alpha=0 uniform" && series.runs.count == 4 && series.seeds == [1, 2])
    #expect(series.values("kl/full", step: 4) == [1, 1], "the mean of 4 / 8 + 0.25 and 4 / 8 + 0.75")
    #expect(series.after("kl/full")?.value.count == 2 && series.before("kl/full")?.mean == 0.625)
    let stages = try comparison(folder) { $0.grouping = "stage" }
    #expect(stages.series.map(\.label) == ["uniform", "prioritized"] && stages.series[0].runs.count == 8)
    let scripts = try comparison(folder) { $0.grouping = "script" }
    #expect(scripts.series.map(\.label) == ["quick uniform", "quick prioritized"])
  }

  @Test func writesTheRawAndTheAdjustedValueOfEveryComparison() throws {
    let folder = try record(alphas: [0, 5], seeds: 1...4) { alpha, seed in Float(alpha) / 64 + Float(seed) / 128 }
    let table = try #require(try comparison(folder) { $0.baseline = "uniform" }.table)
    let rows = table.csv.split(separator: "\r\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(rows[0].suffix(2) == ["p", "p (Holm)"])
    let values = rows.dropFirst().compactMap { Double($0[$0.count - 2]) }
    let adjusted = rows.dropFirst().compactMap { Double($0[$0.count - 1]) }
    #expect(values.count == 4 && adjusted == HolmAdjustment.adjusted(values))
    // Differences 1, 2, 3, 4 in units of 1/128: t = 2.5 / (1.29 / 2) = 3.87 with three degrees of freedom.
    #expect(abs(values[0] - 0.030466291662170977) < 1e-9, "\(values)")
    let note = try comparison(folder) { $0.baseline = "uniform" }.note
    #expect(note.contains("4 comparisons were made: p (Holm) is adjusted for all of them."))
  }

  @Test func writesTablesForOtherPrograms() throws {
    let estimate = Estimate(value: try #require(SeedMean([0.25, 0.5])), rate: nil, runs: 2)
    let table = ReportTable(
      name: "success/plus1", columns: ["step", "a_b, \"c\""],
      rows: [[.count(1), .estimate(estimate)], [.count(2), .missing]])
    #expect(table.name == "success-plus1")
    let (low, high) = (estimate.low, estimate.high)
    let head = #"step,"a_b, ""c""","a_b, ""c""_low","a_b, ""c""_high""#
    #expect(table.csv == "\(head)\r\n1,0.375,\(low),\(high)\r\n2,,,\r\n")
    #expect(table.latex.contains("step & a\\_b, \"c\" \\\\\n\\midrule\n"))
    #expect(table.latex.contains("\n1 & 0.375 $\\pm$ 1.588 \\\\\n2 & - \\\\\n"))
    #expect(table.latex.contains("\\begin{tabular}{lr}") && table.html().contains("<td>0.375 ±&nbsp;1.588</td>"))
    #expect(table.narrowRules.contains("{content:\"a_b, \\22 c\\22 \"}"))
  }

  @Test func keepsThePageOfALongRunSmall() throws {
    var fake = FakeRun()
    fake.plan = [StageInfo(name: "tuned", kind: "finetune", steps: 5000)]
    fake.change = { _, step, metric in
      metric.name == "kl_k2" ? Metric("return", Float(step % 7) + (step == 1234 ? 40 : 0)) : metric
    }
    let folder = try TemporaryFolder()
    let report = try Report([try fake.record(in: folder.path)])
    let page = try report.html()
    #expect(page.utf8.count < 400_000, "\(page.utf8.count) bytes")
    #expect(page.contains("mean of 101 values; faint: each value"))
    #expect(page.contains("One of every 25 rows"))
    // The files have every step.
    let csv = try #require(report.tables.first { $0.name == "return.csv" })
    #expect(csv.text.split(separator: "\r\n").count == 5001)
  }

  @Test func keepsTheExtremesOfACurve() {
    var values = (0..<100_000).map { Double($0 % 10) }
    values[54_321] = 99
    values[7] = -99
    let kept = CurveShape.thinned(values, columns: 200)
    #expect(kept.count <= 800 && kept.contains(54_321) && kept.contains(7))
    #expect(kept.first == 0 && kept.last == 99_999 && zip(kept, kept.dropFirst()).allSatisfy { $0 < $1 })
    #expect(CurveShape.thinned([1, 2, 3], columns: 1) == [0, 1, 2])
  }

  @Test func smoothsWithTheMeanAroundEachValue() {
    #expect(CurveShape.runningMean([1, 2, 6, 3, 8], window: 3) == [1.5, 3, 11.0 / 3, 17.0 / 3, 5.5])
    #expect(CurveShape.runningMean([0.1, 0.1, 0.1], window: 5) == [0.1, 0.1, 0.1])
    #expect(CurveShape.runningMean([], window: 3).isEmpty)
    #expect(CurveShape.window(100) == 1 && CurveShape.window(1000) == 21)
  }
}
