import SwerveRL
import SwerveText
import Testing

@testable import SwerveReports

/// What `swerve eval` prints of several models.
@Suite struct EvaluationReportTests {
  private func model(_ name: String, _ successes: [Int], _ critical: [Metric]) -> EvaluationReport.Model {
    EvaluationReport.Model(
      name: name, sha256: "0",
      outcomes: [
        ProblemOutcomes(set: ProblemSet("far"), samples: 1, successes: successes, meanLength: 3, critical: critical)
      ], k: [1])
  }

  /// Which critical tokens are met depends on the answers.
  @Test(arguments: [true, false]) func matchesMetricsOfModelsByName(isReversed: Bool) {
    let models = [
      model("none", [1, 0, 0], []), model("later", [1, 1, 0], [Metric("critical/far/later", 0.25)]),
      model("both", [1, 1, 1], [Metric("critical/far/first", 0.5), Metric("critical/far/later", 0.75)]),
    ]
    let subject = EvaluationReport.Subject(
      script: "a.lua", stage: "s", task: "t", seed: 1, temperature: nil, samples: 1)
    let text = EvaluationReport(subject, isReversed ? models.reversed() : models).text()
    let rows = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    func value(_ metric: String, _ model: String) -> String? {
      rows.first { $0.starts(with: [metric, "3", model]) }?[3]
    }
    #expect(value("critical/far/first", "none") == "-" && value("critical/far/later", "none") == "-", "\(text)")
    #expect(value("critical/far/first", "later") == "-" && value("critical/far/later", "later") == "0.250", "\(text)")
    #expect(value("critical/far/first", "both") == "0.500" && value("critical/far/later", "both") == "0.750", "\(text)")
    #expect(value("success/far", "later") == "0.667" && value("length/far", "both") == "3.000", "\(text)")
  }
}
