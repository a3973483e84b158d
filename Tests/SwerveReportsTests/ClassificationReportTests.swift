import Foundation
import RunFixtures
import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveTestSupport
import SwerveText
import Testing

@testable import SwerveReports

/// The pages about classifiers.
@Suite struct ClassificationReportTests {
  private func report(_ runs: [ClassifiedRun]) throws -> (report: Report, keeps: TemporaryFolder) {
    let temporary = try TemporaryFolder()
    return (try Report(try runs.map { try $0.record(in: temporary.path) }), temporary)
  }

  private func csv(_ name: String, _ report: Report) throws -> [String] {
    let file = try #require(report.tables.first { $0.name == "\(name).csv" }, "\(report.tables.map(\.name))")
    return file.text.split(whereSeparator: \.isNewline).map(String.init)
  }

  @Test func comparesSeriesByRuleWithMeansOverSeeds() throws {
    let (report, keeps) = try report([
      ClassifiedRun(), ClassifiedRun(seed: 2, accuracy: 0.5), ClassifiedRun(loss: "bce", accuracy: 0.25),
      ClassifiedRun(seed: 2, loss: "bce", accuracy: 0.25),
    ])
    let lines = try csv("classification-test-leaf_accuracy", report)
    #expect(lines[0] == "leaf_accuracy,leaf,leaf_low,leaf_high,hf_beta,hf_beta_low,hf_beta_high")
    #expect(lines[1].hasPrefix("loss=bce,0.25,0.25,0.25,0.125,") && lines[2].hasPrefix("loss=csoft,0.625,"), "\(lines)")
    let latex = try #require(report.tables.first { $0.name == "classification-test-leaf_accuracy.tex" }?.text)
    #expect(latex.contains("\\textbf{0.6") && !latex.contains("\\textbf{0.25"))
    let all = try csv("classification-test-all", report)
    #expect(all.count == 5 && all[0].hasPrefix("series,rule,micro_f1,"))
    let page = try report.html()
    #expect(page.contains("Classification of test, 16 documents") && !page.contains("No evaluation was made"))
    #expect(page.contains("Where labels go wrong of loss=csoft") && page.contains("summed over 2 runs"))
    withExtendedLifetime(keeps) {}
  }

  @Test func showsOneSeriesByRuleWithIntervalsOverDocuments() throws {
    let (report, keeps) = try report([ClassifiedRun()])
    let lines = try csv("classification-test-rules", report)
    #expect(lines[0].hasPrefix("rule,leaf_accuracy,leaf_accuracy_low,leaf_accuracy_high,hf1,"))
    #expect(lines[1].hasPrefix("leaf,0.75,0.5,0.875,0.75,"), "\(lines)")
    let depths = try csv("depth_accuracy-test", report)
    // 14 of 16 documents by Wilson's score.
    #expect(depths[1].hasPrefix("1,0.875,0.639") && depths.count == 3, "\(depths)")
    let curve = try csv("hp-hr-test", report)
    #expect(curve.count == 1 + ThresholdCurve.thresholds.count + 2)
    #expect(curve.contains { $0.contains("threshold 0.50000,") })
    let labels = try csv("labels-test-tree-1-1", report)
    #expect(labels[3] == "dog,animal,7,6,4,3,\(Double(4) / 7),\(Double(4) / 6),\(Double(8) / 13)", "\(labels)")
    #expect(try csv("confusions-test-tree-1-1", report)[1].hasPrefix("dog,cat,animal,2,7,"))
    let page = try report.html()
    // Nine animals were found, and only seven of them as what they are.
    let animal = try #require(page.components(separatedBy: "id=\"tree-1-1-0\"").dropFirst().first).prefix(700)
    #expect(animal.hasPrefix(" style=\"--m:-1;--n:-10;--r:9000\""), "\(animal)")
    #expect(
      animal.contains("<span>10</span><span>1</span>") && animal.contains("<span>2</span></summary>"), "\(animal)")
    #expect(page.contains("<details class=\"node\" id=\"tree-1-1-0\""))
    #expect(page.contains("<a href=\"#tree-1-1-2\">dog</a>"))
    withExtendedLifetime(keeps) {}
  }

  @Test func leavesOutWhatOldRecordsLack() throws {
    let (report, keeps) = try report([ClassifiedRun(isOld: true)])
    let page = try report.html()
    #expect(page.contains("Classification of test</h2>") && page.contains("earlier swerve have no counts of labels"))
    #expect(!page.contains("class=\"tree\"") && !report.tables.contains { $0.name.hasPrefix("hp-hr") })
    #expect(
      try csv("classification-test-rules", report)[1].hasPrefix("leaf,0.75,0.75,"), "no interval where none is known")
    let (mixed, keepsMixed) = try self.report([ClassifiedRun(isOld: true), ClassifiedRun(seed: 2)])
    #expect(try mixed.html().contains("class=\"tree\""))
    withExtendedLifetime((keeps, keepsMixed)) {}
  }

  @Test func escapesHostileNamesOfLabels() throws {
    var run = ClassifiedRun()
    run.labels = ["<script>alert(1)</script>", "\"'&", "</details></div>", "\u{1B}[31m", "a\u{202E}b"]
    run.loss = "<img src=x>"
    let (report, keeps) = try report([run, ClassifiedRun(loss: "other")])
    let page = try report.html()
    for mark in ["<script", "<img", "</details></div></", "\u{1B}"] { #expect(!page.contains(mark), "\(mark)") }
    #expect(page.contains("&lt;script&gt;alert(1)"))
    withExtendedLifetime(keeps) {}
  }

  /// A tree of a thousand labels in one chain is drawn, too, and a page of many labels stays small.
  @Test func drawsTreesOfAThousandLabels() throws {
    let temporary = try TemporaryFolder()
    let labels = 1200
    for parents in [
      (0..<labels).map { $0 == 0 ? nil : $0 - 1 }, (0..<labels).map { $0 < 10 ? nil : ($0 - 10) / 9 },
    ] as [[Int?]] {
      let input = ClassificationInput(
        texts: [], limit: 8, labels: parents.indices.map { ExactString("label \($0)") }, parents: parents)
      let counts = [Int](repeating: 3, count: labels)
      let details = ClassificationDetails(
        set: "test", documents: 9, withDepth: [9], withLeaf: 9, truths: counts, curve: [],
        rules: [.init(name: "leaf", intervals: [], predictions: counts, hits: counts, confusions: [], confusedPairs: 0)]
      )
      let lines = [
        ClassificationLine(input, stage: "classify"), ClassificationLine(details, stage: "classify", step: 1),
      ]
      let data = ReportData([try RunReader.read(try ClassifiedRun().record(in: temporary.path))])
      let member = try #require(ClassifiedSeries(data.compared[0], set: "test", lines: [lines]))
      let html = try #require(LabelTreeView(member, rule: "leaf", id: "t")).html()
      #expect(html.matches(of: /id="t-\d+"/).count == labels)
      #expect(html.utf8.count < 800_000, "\(html.utf8.count)")
      #expect(html.matches(of: /<details/).count == html.matches(of: /<\/details/).count)
      // What is open at first fits a screen or two.
      #expect(html.matches(of: #/ open>/#).count <= 60)
    }
  }
}
