import SwerveRuns
import Synchronization
import Testing

@Suite struct ParallelJobsTests {
  @Test(arguments: [1, 2, 3, 8, 40])
  func returnsResultsInTheOrderOfThePieces(jobs: Int) throws {
    var states: [ParallelJobs.State] = []
    let squares = try ParallelJobs.run(20, jobs: jobs, didChange: { states.append($0) }, { $0 * $0 })
    #expect(squares == (0..<20).map { $0 * $0 })
    // Each start and each end, never more at a time than jobs.
    #expect(states.count == 40 && states.last?.ended == 20 && states.last?.running.isEmpty == true)
    #expect(states.allSatisfy { $0.running.count <= jobs && $0.running == $0.running.sorted() })
  }

  @Test func runsPiecesAtTheSameTime() throws {
    // Each of two pieces waits for the other one.
    let met = Mutex(Set<Int>())
    _ = try ParallelJobs.run(2, jobs: 2) { piece in
      met.withLock { _ = $0.insert(piece) }
      while met.withLock({ $0.count }) < 2 {}
    }
    #expect(met.withLock { $0 } == [0, 1])
  }

  @Test func returnsNothingForNoPieces() throws {
    #expect(try ParallelJobs.run(0, jobs: 4, { $0 }).isEmpty)
  }
}

@Suite struct TestReportTests {
  static func report(_ name: String, _ codes: [Int32?], suite: TestReport.Suite = .golden) -> TestReport {
    let cases = codes.enumerated().map { index, code in
      TestReport.Case(
        name: "case \(index) <&\"",
        failure: code.map { TestReport.Failure(exitCode: $0, text: "  a\u{1} < b\n  c & d\n") }
      )
    }
    return TestReport(suite: suite, file: name, cases: cases, text: name + "\n", json: [])
  }

  @Test func listsFailuresFirstAndKeepsTheirOrder() {
    let reports = [("a", nil), ("b", 1), ("c", nil), ("d", 5)].map { Self.report($0.0, [$0.1]) }
    #expect(TestReport.failuresFirst(reports).map(\.file) == ["b", "d", "a", "c"])
  }

  @Test(arguments: [([nil, nil], 0), ([nil, 5, 3], 5), ([3, 1], 1), ([], 0)] as [([Int32?], Int32)])
  func prefersTheExitCodeOfADifference(codes: [Int32?], expected: Int32) {
    #expect(TestReport.exitCode(codes.map { Self.report("a", [$0]) }) == expected)
  }

  @Test func writesJUnitAsXMLWithCountsAndEscapes() {
    var golden = Self.report("golden/a.jsonl", [nil, 1, 5])
    golden.seconds = 1.5
    let text = JUnit.text([Self.report("a_test.lua", [nil], suite: .lua), golden])
    #expect(
      text == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="swerve test" tests="4" failures="1" errors="1" time="1.500">
          <testsuite name="golden" tests="3" failures="1" errors="1" time="1.500">
            <testcase classname="golden/a.jsonl" name="case 0 &lt;&amp;&quot;" time="0.500"/>
            <testcase classname="golden/a.jsonl" name="case 1 &lt;&amp;&quot;" time="0.500">
              <failure message="  a\u{FFFD} &lt; b">  a\u{FFFD} &lt; b&#10;  c &amp; d&#10;</failure>
            </testcase>
            <testcase classname="golden/a.jsonl" name="case 2 &lt;&amp;&quot;" time="0.500">
              <error message="  a\u{FFFD} &lt; b">  a\u{FFFD} &lt; b&#10;  c &amp; d&#10;</error>
            </testcase>
          </testsuite>
          <testsuite name="lua" tests="1" failures="0" errors="0" time="0.000">
            <testcase classname="a_test.lua" name="case 0 &lt;&amp;&quot;" time="0.000"/>
          </testsuite>
        </testsuites>

        """)
  }
}
