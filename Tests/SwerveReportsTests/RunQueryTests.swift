import RunFixtures
import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveReports
import SwerveTestSupport
import SwerveText
import Testing

/// `swerve list --where`, `--sort` and `--columns`.
@Suite struct RunQueryTests {
  private static func row(
    _ name: String, seed: UInt64, options: [JSONMember], state: RunState = .complete, _ metrics: [Metric]
  ) -> RunRow {
    RunRow(
      path: "runs/\(name)", name: "quick", seed: seed,
      progress: [RunRow.Stage(name: "tuned", planned: 4, steps: 4, metrics: metrics)], state: state, problem: nil,
      weightsSHA256: nil, origin: [JSONMember("script", "quick.lua")], options: options)
  }

  private static let rows = [
    row("a", seed: 1, options: [JSONMember("alpha", 5), JSONMember("task", "addition")], [Metric("lr", 1e-4)]),
    row("b", seed: 18_446_744_073_709_551_615, options: [JSONMember("alpha", 20), JSONMember("fast", true)], []),
    row(
      "c", seed: 3, options: [JSONMember("alpha", .double(10.5)), JSONMember("task", "re versing")], state: .failed,
      [Metric("lr", .nan), Metric("success/plus1", 0.5), Metric("lost", nil)]),
  ]

  /// "lr" is an option of one run and a metric of another.
  @Test func readsANameTheSameInAllRuns() throws {
    let options = [JSONMember("lr", .double(0.5))]
    let rows = Self.rows + [Self.row("d", seed: 4, options: options, [Metric("lr", 0.25)])]
    let table = try RunTable(rows, columns: ["lr", "metric.lr"])
    #expect(table.csv().contains("runs/a,,0.0001\r\n") && table.csv().contains("runs/d,0.5,0.25\r\n"))
    #expect(try RunCondition("lr > 0").filter(rows).map(\.name).count == 1)
  }

  private func names(_ condition: String) throws -> String {
    try RunCondition(condition).filter(Self.rows).map { Path.name($0.path) }.joined()
  }

  @Test(arguments: [
    ("alpha > 10", "bc"), ("alpha >= 10.5", "bc"), ("10.5 < alpha", "b"), ("alpha=5", "a"), ("alpha == 5.0", "a"),
    ("alpha != 5", "bc"), ("alpha <> 5", "bc"), ("alpha ~= 5", "bc"), ("alpha<=5", "a"), ("alpha > -1e3", "abc"),
    ("task = \"addition\"", "a"), ("task != 'addition'", "c"), ("task > 'b'", "c"), ("not task = 'addition'", "bc"),
    ("alpha > 10 and task = 're versing'", "c"), ("alpha = 5 or alpha = 20 and seed = 7", "a"),
    ("(alpha = 5 or alpha = 20) and seed > 3", "b"), ("not (alpha = 5 or alpha = 20)", "c"),
    ("not not alpha = 5", "a"), ("fast = true", "b"), ("fast != true", ""), ("lr = 0.0001", "a"), ("lr != 0.5", "ac"),
    ("lr < 1", "a"), ("success/plus1 >= 0.5", "c"), ("tuned:success/plus1 = 0.5", "c"),
    ("seed = 18446744073709551615", "b"), ("seed = 18446744073709551614", ""), ("status = 'failed'", "c"),
    ("run = \"b\"", "b"), ("steps = planned", "abc"), ("option.alpha > 5 and metric.lr != 1", "c"),
    ("`alpha` > `seed`", "ac"), ("script = 'quick.lua'", "abc"), ("lost = 1 or alpha = 5", "a"),
  ])
  func keepsTheRunsThatFulfilACondition(condition: String, kept: String) throws {
    #expect(try names(condition) == kept, "\(condition)")
  }

  @Test(arguments: [
    ("alpah > 3", "no run here has an option or a metric 'alpah'; did you mean 'alpha'?"),
    ("succes/plus1 > 3", "did you mean 'success/plus1'?"),
    ("alpha > 'x'", "--where compares 'alpha' with \"x\", but it holds numbers, such as 5"),
    ("3 = task", "--where compares 'task' with 3, but it holds texts, such as \"addition\""),
    ("alpha", "--where, column 6: found the end, expected a comparison: = != < <= > >="),
    ("alpha > ", "--where, column 9: found the end, expected a name or a value"),
    ("", "--where, column 1: found the end, expected a name, a value, 'not' or '('"),
    ("(alpha > 3", "--where, column 11: found the end, expected ')'"),
    ("alpha > 3)", "--where, column 10: found ')', expected 'and', 'or' or the end"),
    ("alpha > 3 alpha", "found 'alpha', expected 'and', 'or' or the end"),
    ("alpha > 3 & seed = 1", "--where, column 11: '&' has no meaning here"),
    ("task = \"x", "--where, column 8: a text has no closing \""), ("alpha > 1x", "'1x' is not a number"),
    ("alpha > 1e999", "'1e999' is not a number"), ("alpha = é", "byte 0xc3 has no meaning here"),
    (String(repeating: "(", count: 5000), "conditions are nested deeper than 64"),
    (String(repeating: "not ", count: 2000), "conditions are nested deeper than 64"),
    (String(repeating: "x", count: 10_001), "--where has 10001 characters, more than 10000"),
  ])
  func explainsAConditionThatMeansNothing(condition: String, message: String) {
    let error = runError { _ = try names(condition) }
    #expect(error?.exitCode == 2 && error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test func filtersOrRejectsForAnyConditionText() {
    let seed: UInt64 = 4
    var random = TestRandom(seed)
    let words = [
      "alpha", "task", "seed", "(", ")", "and", "or", "not", "=", "<", ">=", "5", "-1e9", "'x'", "\"", "`", "`lr`", "é",
      "true", "success/plus1", "1e", ".", "-", ":",
    ]
    var kept = 0
    for _ in 0..<3000 {
      let text = (0..<random.within(1...9)).map { _ in words[random.within(0...words.count - 1)] }
        .joined(separator: random.within(0...3) == 0 ? "" : " ")
      do { kept += try RunCondition(text).filter(Self.rows).count } catch {
        #expect((error as? UsageError)?.exitCode == 2, "seed \(seed): \(text)")
      }
    }
    #expect(kept > 0, "seed \(seed)")
  }

  @Test func sortsStablyWithMissingValuesLast() throws {
    func sorted(_ name: String) throws -> String {
      try RunTable.sorted(Self.rows, by: name).map { Path.name($0.path) }.joined()
    }
    #expect(try sorted("alpha") == "acb" && sorted("-alpha") == "bca")
    #expect(try sorted("lr") == "abc" && sorted("-lr") == "abc", "NaN and nothing are last, in their order")
    #expect(try sorted("name") == "abc" && sorted("-name") == "abc")
    #expect(try sorted("-seed") == "bca")
    #expect(runError { _ = try sorted("sed") }?.description.contains("did you mean 'seed'?") == true)
  }

  @Test func writesColumnsAsTableJSONOrCSV() throws {
    let table = try RunTable(Self.rows, columns: ["seed", "task", "l*", "fast"])
    #expect(table.columns == ["seed", "task", "lr", "lost", "fast"])
    #expect(
      table.text().split(separator: "\n").last == "runs/c  3                     re versing  nan     -     -")
    #expect(table.json.elements?[2]["lr"] == "nan" && table.json.elements?[1]["fast"] == true)
    #expect(
      table.csv().split(separator: "\r\n")[1...2] == [
        "runs/a,1,addition,0.0001,,", "runs/b,18446744073709551615,,,,true",
      ])
    let odd = Self.row("a,\"b\"", seed: 1, options: [], [])
    #expect(try RunTable([odd], columns: ["run"]).csv() == "path,run\r\n\"runs/a,\"\"b\"\"\",\"a,\"\"b\"\"\"\r\n")
    let all = try RunTable(Self.rows, columns: nil).columns
    #expect(all.starts(with: ["name", "seed"]) && all.contains("option.alpha") && all.last == "metric.lost")
    #expect(runError { _ = try RunTable(Self.rows, columns: ["x*"]) }?.exitCode == 2)
  }
}
