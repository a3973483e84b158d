import Testing

@testable import SwerveReports

@Suite struct ReportTableTests {
  /// A series and its rule, and some metrics with intervals.
  private func table(metrics: Int) -> ReportTable {
    ReportTable(
      name: "all", columns: ["series", "rule"] + (0..<metrics).map { "metric_\($0)" },
      rows: ["a", "b"].map { series in
        [.text(series), .text("leaf")]
          + (0..<metrics).map { .interval(low: Double($0), high: 1, shown: "\($0).608 [0.589, 0.627]") }
      })
  }

  private func tables(_ html: String) -> [Substring] {
    html.split(separator: "</table>").filter { $0.contains("<table") }
  }

  @Test func showsNumbersThatFitBesideEachOther() {
    let table = table(metrics: 6)
    #expect(tables(table.html()).count == 1)
    #expect(table.html().contains("<table id=\"table-all\">"))
    #expect(table.widestRules.split(separator: "\n").count == 8, "no word of any column is broken")
  }

  @Test func showsTooManyNumbersInTablesBelowEachOther() {
    let table = table(metrics: 20)
    let found = tables(table.html())
    #expect(found.count == 3)
    for part in found {
      // Each row says whose numbers these are.
      #expect(part.ranges(of: "<th scope=\"row\">").count == 2 && part.ranges(of: "<td>leaf</td>").count == 2)
    }
    for metric in 0..<20 {
      #expect(found.count { $0.contains("metric_<wbr>\(metric)</th>") } == 1)
      #expect(found.count { $0.contains(">\(metric).608 ") } == 1)
    }
    // The second number of the second table has the name of its column on a narrow page.
    let second = (0..<20).filter { found[1].contains("metric_<wbr>\($0)</th>") }
    #expect(table.narrowRules.contains("#table-all\\2f 2 tr>:nth-child(4)::before{content:\"metric_\(second[1])\"}"))
    #expect(table.csv.split(whereSeparator: \.isNewline).count == 3, "files are whole")
    #expect(table.html().ranges(of: "Save as").count == 1)
  }

  @Test func showsAllDigitsThatAnIntervalNeeds() {
    #expect(StageEvaluation.text(low: 0.2, high: 0.4) == "[0.20, 0.40]")
    #expect(StageEvaluation.text(low: 0.391, high: 0.438) == "[0.391, 0.438]")
    #expect(StageEvaluation.text(low: 0.0017, high: 0.0019) == "[0.00170, 0.00190]")
    #expect(StageEvaluation.text(low: 1, high: 1) == "[1.000, 1.000]")
  }
}
