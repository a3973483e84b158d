import RunFixtures
import SwerveRL
import SwerveTestSupport
import SwerveText
import Testing

@testable import SwerveFiles
@testable import SwerveRecords
@testable import SwerveReports

/// The page about runs.
@Suite struct ReportTests {
  @Test func writesNumbersWithTheDigitsThatTheirSpreadSupports() throws {
    #expect(ReportText.interval(try #require(SeedMean([0.2, 0.3, 0.25]))) == "0.250 ± 0.124")
    #expect(ReportText.interval(try #require(SeedMean([0.0008, 0.0009, 0.0007]))) == "0.00080 ± 0.00025")
    #expect(ReportText.interval(try #require(SeedMean([0.0008]))) == "0.000800")
    #expect(ReportText.interval(try #require(SeedMean([0.5, 0.5]))) == "0.500 ± 0.000")
    #expect(ReportText.number(-0.25) == "−0.250" && ReportText.number(1234.5) == DisplayNumber.short(1234.5))
  }

  @Test func drawsQuantilesOfAColumnAsItsDistribution() throws {
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

  @Test func groupsSeedsOfTheSameOptionsIntoOneSeries() throws {
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

  /// The series of some runs of a pretended experiment, each recorded into a folder of its own.
  private func data(_ fakes: [FakeRun]) throws -> (data: ReportData, notes: [String], keeps: TemporaryFolder) {
    let temporary = try TemporaryFolder()
    let runs = try fakes.enumerated().map { place, fake in
      try RunReader.read(try fake.record(in: temporary.file("\(place)")))
    }
    let distinct = DistinctRuns(runs)
    return (ReportData(distinct.runs), distinct.notes, temporary)
  }

  /// The folder in which swerve was started decides nothing: files are told by the script's own names for them.
  @Test func comparesFilesByTheirPathsFromTheScript() throws {
    func fake(_ folder: String, seed: UInt64, files: [String] = ["mod.lua", "data/t.txt"]) -> FakeRun {
      var fake = FakeRun(seed: seed)
      fake.scriptPath = folder + "e.lua"
      fake.files = files.map { FileDigest(path: folder + $0, sha256: Digest.of($0)) }
      return fake
    }
    let fakes = [fake("A/", seed: 1), fake("B/c/", seed: 1), fake("", seed: 2), fake("A/", seed: 2), fake("", seed: 1)]
    let (data, notes, keeps) = try data(fakes)
    #expect(data.compared.map(\.seeds) == [[1, 2]])
    #expect(notes.count == 3 && notes.allSatisfy { !$0.contains("numbers differ") }, "\(notes)")
    let runs = try fakes.map { try $0.record(in: keeps.path) }
    let report = Comparison.compare(try ComparedRun.read(runs[0]), try ComparedRun.read(runs[1]))
    #expect(report.isSame && report.inputs.isEmpty, "\(report.text())")
    // Another file in the place of one is another run.
    let (other, _, keepsOther) = try self.data([
      fake("A/", seed: 1), fake("A/", seed: 1, files: ["mod.lua", "data/u.txt"]),
    ])
    #expect(other.compared.count == 2)
    withExtendedLifetime((keeps, keepsOther)) {}
  }

  /// An order, whatever the types: numbers by value, then text by its bytes; the order of the paths does not matter.
  @Test func sortsSeriesByOptionsOfAnyType() throws {
    let values: [JSONValue] = [2, "x", 1, .double(1.5), "10", .bool(true)]
    for turn in 0..<values.count {
      let fakes = (values[turn...] + values[..<turn]).map { value in
        var fake = FakeRun()
        fake.options = ["a": value]
        return fake
      }
      let (data, _, keeps) = try data(fakes)
      #expect(data.compared.map(\.label) == ["a=1", "a=1.5", "a=2", "a=10", "a=true", "a=x"], "turn \(turn)")
      withExtendedLifetime(keeps) {}
    }
  }

  /// A label with controls and marks stays text in HTML and in a picture of its own.
  @Test func escapesLabelsOfAnyText() throws {
    var (a, b) = (FakeRun(), FakeRun())
    a.options = ["a": "\u{1}<b>\"\u{1B}[31m&\u{9B}"]
    b.options = ["a": "plain"]
    let (data, _, keeps) = try data([a, b])
    let chart = try #require(ReportChart("loss", data.compared))
    for text in [chart.svg(withLegend: true), try Report(["0", "1"].map { keeps.file($0) }).html()] {
      // As `show` prints the value: in one line, with escapes.
      #expect(text.contains("a=&quot;\\u0001&lt;b&gt;\\&quot;\\u001b[31m&amp;\\u{009B}&quot;"))
      let isClean = !text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" }
      #expect(isClean)
    }
  }

  @Test func countsARunGivenTwiceAsOneSeed() throws {
    let fake = FakeRun()
    let (data, notes, keeps) = try data([fake, FakeRun(seed: 8), fake, fake])
    #expect(data.compared.map(\.seeds) == [[7, 8]])
    #expect(data.compared[0].after("loss")?.value.count == 2, "a metric of training, at its last step")
    #expect(data.compared[0].estimate("loss", step: 20)?.value.count == 2)
    #expect(notes.count == 2 && notes.allSatisfy { $0.hasSuffix(": the same inputs, counted once") }, "\(notes)")
    let path = data.runs[0].path
    #expect(
      DistinctRuns([data.runs[0], data.runs[0], data.runs[0]]).notes == [
        "\(path) is named more than once and counted once"
      ])
    withExtendedLifetime(keeps) {}
  }

  /// What is complete says more than what was cut off, in whichever order they come.
  @Test func prefersTheCompleteRunOfTheSameInputs() throws {
    let temporary = try TemporaryFolder()
    let whole = try FakeRun().record(in: temporary.file("whole"))
    let cut = try FakeRun().record(in: temporary.file("cut"))
    try POSIXFile.remove(cut + "/result.json")
    var other = FakeRun()
    other.change = { _, _, metric in Metric(metric.name, metric.value.map { $0 + 1 }) }
    let different = try other.record(in: temporary.file("different"))
    for paths in [[whole, cut], [cut, whole]] {
      let distinct = DistinctRuns(try paths.map { try RunReader.read($0) })
      #expect(distinct.runs.map(\.path) == [whole])
      #expect(distinct.notes == ["\(cut) is the same run as \(whole): the same inputs, counted once"])
    }
    let distinct = DistinctRuns(try [whole, different].map { try RunReader.read($0) })
    #expect(distinct.runs.map(\.path) == [whole])
    #expect(distinct.notes[0].hasSuffix("; but their numbers differ: swerve diff \(whole) \(different) shows where"))
  }

  @Test func separatesSeriesThatDifferInMoreThanTheSeed() throws {
    var edited = FakeRun()
    edited.script += "-- edited\n"
    var again = edited
    again.seed = 8
    var blas = FakeRun()
    blas.mode = "blas"
    let (data, notes, keeps) = try data([FakeRun(), FakeRun(seed: 8), edited, again, blas])
    #expect(notes.isEmpty)
    #expect(data.compared.map(\.seeds) == [[7, 8], [7, 8], [7]])
    let (a, b) = (Digest.of(FakeRun().script).prefix(8), Digest.of(edited.script).prefix(8))
    #expect(
      data.compared.map(\.label) == [
        "script \(a) math exact 1", "script \(b) math exact 1", "script \(a) math blas 1",
      ])
    withExtendedLifetime(keeps) {}
  }

  /// The second series has a set that the first one lacks, and another order of metrics; of one seed, nothing.
  @Test func pairsValuesOfOneNameAndOneSeed() throws {
    func fake(_ seed: UInt64, alpha: Int, _ change: @escaping (Int, Metric) -> Metric) -> FakeRun {
      var fake = FakeRun()
      fake.seed = seed
      fake.options = ["alpha": .integer(alpha)]
      fake.change = { _, step, metric in change(step, metric) }
      return fake
    }
    func rate(_ seed: UInt64) -> Float { Float(seed) / 16 }
    var fakes: [FakeRun] = []
    for seed in [1, 2, 3, 4] as [UInt64] {
      fakes.append(
        fake(seed, alpha: 1) { step, metric in
          metric.name == "success_plus1" ? Metric("success/hard", seed == 4 ? nil : rate(seed)) : metric
        })
    }
    for seed in [2, 3, 4, 5] as [UInt64] {
      fakes.append(
        fake(seed, alpha: 2) { step, metric in
          switch metric.name {
          case "loss": Metric("success/easy", 1)
          case "kl_k2": Metric("success/hard", rate(seed) + (seed == 2 ? 0.25 : 0.5))
          default: metric
          }
        })
    }
    let (data, _, keeps) = try data(fakes)
    let (base, other) = (data.compared[0], data.compared[1])
    #expect(base.metrics.contains("success/easy") == false && other.metrics.first == "success/easy")
    #expect(other.differences(at: "success/hard", from: base) == [0.25, 0.5])
    #expect(other.meanDifferences(of: "success/hard", from: base) == [0.25, 0.5])
    #expect(other.differences(at: "success/easy", from: base).isEmpty)
    #expect(other.meanDifferences(of: "success/easy", from: base).isEmpty)
    #expect(base.after("success/easy") == nil && base.estimate("success/easy", step: 20) == nil)
    #expect(base.after("success/hard").map { ReportText.interval($0).hasSuffix(" (3 of 4 seeds)") } == true)
    withExtendedLifetime(keeps) {}
  }

  /// The first seed has no critical token at all, and so no such metric.
  @Test func collectsTheMetricsOfAllRunsOfASeries() throws {
    var first = FakeRun()
    first.change = { _, _, metric in metric.name == "critical_step_k" ? Metric("other", 1) : metric }
    let (data, _, keeps) = try data([first, FakeRun(seed: 8)])
    #expect(data.compared[0].metrics == ["loss", "kl_k2", "other", "success_plus1", "critical_step_k"])
    withExtendedLifetime(keeps) {}
  }

  @Test func writesASelfContainedPageWithEveryNumberInATable() throws {
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
    #expect(page.contains("Seed 7 can't be computed again here: it is of math 1, and this swerve computes math"))
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

  @Test func rejectsAnEditedRecord() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let text = String(decoding: try POSIXFile.read(path + "/metrics.jsonl"), as: UTF8.self)
    let changed = text.replacing("\"loss\":0.1", with: "\"loss\":0.2", maxReplacements: 1)
    #expect(changed != text)
    try POSIXFile.writeAtomically(changed, to: path + "/metrics.jsonl")
    #expect(throws: RecordError.self) { try Report([path]) }
  }
}
