import SwerveRL
import Testing

@testable import SwerveRuns

/// The page about runs, and its statistics.
@Suite struct ReportTests {
  /// Of 1, 2, 3: mean 2, deviation 1, t(2) = 4.303.
  @Test func theIntervalOfAMeanIsStudents() throws {
    let value = try #require(SeedMean([1, 2, 3]))
    #expect(value.mean == 2 && value.count == 3)
    #expect(abs((value.halfWidth ?? 0) - 4.303 / Double(3).squareRoot()) < 1e-12)
    #expect(SeedMean([5])?.halfWidth == nil)
    #expect(SeedMean([]) == nil)
  }

  @Test func numbersShowTheDigitsThatTheirSpreadSupports() throws {
    #expect(ReportText.interval(try #require(SeedMean([0.2, 0.3, 0.25]))) == "0.250 ± 0.124")
    #expect(ReportText.interval(try #require(SeedMean([0.0008, 0.0009, 0.0007]))) == "0.00080 ± 0.00025")
    #expect(ReportText.interval(try #require(SeedMean([0.0008]))) == "0.000800")
    #expect(ReportText.interval(try #require(SeedMean([0.5, 0.5]))) == "0.500 ± 0.000")
    #expect(ReportText.number(-0.25) == "−0.250" && ReportText.number(1234.5) == ShortNumber.text(1234.5))
  }

  @Test func quantilesOfAColumnAreDrawnAsItsDistribution() throws {
    let temporary = try TemporaryFolder()
    var fake = FakeRun()
    fake.change = { _, _, metric in
      metric.name == "success_plus1"
        ? Metric("certainty/q5", metric.value)
        : metric.name == "loss" ? Metric("certainty/q50", metric.value) : metric
    }
    let data = ReportData([try RunReader.read(try fake.record(in: temporary.path))])
    let chart = try #require(ReportChart(quantilesOf: "certainty", data.compared))
    #expect(chart.lines[0].points.map(\.x).sorted() == [5, 50])
    #expect(ReportChart(quantilesOf: "weight", data.compared) == nil)
  }

  @Test func pairsAreCountedAndTheirIntervalIsAlwaysTheSame() throws {
    let differences = [0.1, 0.2, -0.05, 0, 0.3]
    let comparison = try #require(PairedComparison(differences: differences))
    #expect(comparison.wins == 3 && comparison.ties == 1 && comparison.losses == 1)
    #expect(abs(comparison.mean - 0.11) < 1e-12)
    #expect(comparison.low < comparison.mean && comparison.mean < comparison.high)
    #expect(comparison.low >= -0.05 && comparison.high <= 0.3)
    #expect(PairedComparison(differences: differences) == comparison)
    // Equal differences leave nothing to doubt.
    let certain = try #require(PairedComparison(differences: [0.5, 0.5, 0.5]))
    #expect(certain.low == 0.5 && certain.high == 0.5)
    #expect(PairedComparison(differences: [1]) == nil)
  }

  @Test func seedsOfTheSameOptionsAreOneSeries() throws {
    let temporary = try TemporaryFolder()
    var paths: [String] = []
    for (seed, digits) in [(7, 10), (8, 5), (7, 5)] as [(UInt64, Int)] {
      var fake = FakeRun()
      fake.seed = seed
      fake.options = ["digits": .integer(digits), "kl": .double(5.0)]
      paths.append(try fake.record(in: temporary.path))
    }
    let data = ReportData(try paths.map { try RunReader.read($0) })
    #expect(
      data.series.map(\.label) == [
        "digits=5 pretrain", "digits=5", "digits=10 pretrain", "digits=10",
      ])
    #expect(data.compared.map(\.seeds) == [[7, 8], [7]])
    #expect(data.compared[0].values("loss", step: 3) == [Double(Float(1) / (1 + 7)), Double(Float(1) / (1 + 8))])
    #expect(data.compared[0].steps(of: "critical_step_k") == [1, 3, 5, 7, 9, 11, 13, 15, 17, 19])
  }

  @Test func thePageNeedsNothingElseAndHasEveryNumberInATable() throws {
    let temporary = try TemporaryFolder()
    var fake = FakeRun()
    fake.change = { _, _, metric in metric.name == "success_plus1" ? Metric("success/plus1", metric.value) : metric }
    _ = try fake.record(in: temporary.path)
    let report = try Report([temporary.path])
    let page = try report.html()
    for outside in ["http://", "https://", "<script", "src=", "@import"] {
      #expect(!page.replacing("http://www.w3.org/2000/svg", with: "").contains(outside))
    }
    #expect(page.contains("<summary>Numbers of success/plus1</summary>"))
    #expect(page.contains("swerve run examples/quick.lua --set digits=5 --set kl=5.0 --seed 7"))
    #expect(page.contains("--w:0.5\" title=\"weight about 0.5\""))
    // Probabilities of exp(-0.25) and exp(-8): a little and fully surprising.
    #expect(page.contains("--w:0.05\" title=\"policy about 0.779\""))
    #expect(page.contains("--w:1\" title=\"reference about 0.000335\""))
    let chart = try #require(report.charts.first { $0.name == "success-plus1.svg" })
    #expect(chart.svg.contains(">prioritized</text>"), "a chart that stands alone names its curves")
    // Every tag that is opened is closed.
    for tag in ["div", "table", "figure", "details", "svg", "tr", "span"] {
      #expect(page.split(separator: "<\(tag)").count == page.split(separator: "</\(tag)>").count, "\(tag)")
    }
  }

  @Test func anEditedRecordIsNotReported() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let text = String(decoding: try POSIXFile.read(path + "/metrics.jsonl"), as: UTF8.self)
    let changed = text.replacing("\"loss\":0.1", with: "\"loss\":0.2", maxReplacements: 1)
    #expect(changed != text)
    try POSIXFile.writeAtomically(changed, to: path + "/metrics.jsonl")
    #expect(throws: RunError.self) { try Report([path]) }
  }
}
