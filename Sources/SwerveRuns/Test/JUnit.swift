import SwerveFiles
import SwerveText

/// Reports in JUnit's XML format, which CI systems read. There is a suite for each kind of test, with its cases in
/// order.
package enum JUnit {
  package static func text(_ reports: [TestReport]) -> String {
    var suites = ""
    for suite in [TestReport.Suite.golden, .transcript, .lua, .pending] {
      let members = reports.filter { $0.suite == suite }
      if !members.isEmpty { suites += self.suite(suite.rawValue, members) }
    }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="swerve test"\(counts(reports))>
      \(suites)</testsuites>

      """
  }

  private static func suite(_ name: String, _ reports: [TestReport]) -> String {
    var text = "  <testsuite name=\"\(name)\"\(counts(reports))>\n"
    for report in reports {
      // The time of a file is the total time of its cases.
      let seconds = report.seconds / Double(max(1, report.cases.count))
      for test in report.cases {
        text +=
          "    <testcase classname=\"\(escaped(report.file))\" name=\"\(escaped(test.name))\" time=\"\(decimal(seconds))\""
        text += test.failure.map { ">\n\(failure($0))    </testcase>\n" } ?? "/>\n"
      }
    }
    return text + "  </testsuite>\n"
  }

  private static func failure(_ failure: TestReport.Failure) -> String {
    let element = failure.exitCode == 1 ? "failure" : "error"
    let first = failure.text.pieces(at: "\n").first ?? ""
    return "      <\(element) message=\"\(escaped(first))\">\(escaped(failure.text))</\(element)>\n"
  }

  private static func counts(_ reports: [TestReport]) -> String {
    let cases = reports.flatMap(\.cases)
    let failures = cases.count { $0.failure?.exitCode == 1 }
    let errors = cases.count { $0.failure != nil } - failures
    let seconds = reports.reduce(0) { $0 + $1.seconds }
    return " tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\" time=\"\(decimal(seconds))\""
  }

  private static func decimal(_ seconds: Double) -> String { DisplayNumber.fixed(seconds, decimals: 3) }

  private static func escaped(_ text: String) -> String { Markup.escaped(text, isAttribute: true) }
}
