import SwerveFiles
import SwerveText

/// What `swerve test` reports about one golden, transcript or file of tests.
package struct TestReport: Sendable {
  package enum Suite: String, Sendable { case golden, transcript, lua, pending }

  /// One thing that passed or failed.
  package struct Case: Sendable {
    package let name: String
    /// The failure; nil if the case passed.
    package let failure: Failure?

    package init(name: String, failure: Failure? = nil) {
      self.name = name
      self.failure = failure
    }
  }

  package struct Failure: Sendable {
    /// 1 for a difference; anything else says why nothing could be compared.
    package let exitCode: Int32
    /// Some lines for people.
    package let text: String

    package init(exitCode: Int32, text: String) {
      self.exitCode = exitCode
      self.text = text
    }
  }

  package let suite: Suite
  /// The golden, the transcript or the file of tests.
  package let file: String
  package let cases: [Case]
  /// Whole lines for people.
  package let text: String
  /// Objects for machines, one per line.
  package let json: [JSONValue]
  /// What scripts printed meanwhile.
  package var printed = ""
  package var seconds = 0.0

  package init(suite: Suite, file: String, cases: [Case], text: String, json: [JSONValue]) {
    self.suite = suite
    self.file = file
    self.cases = cases
    self.text = text
    self.json = json
  }

  package var isSuccess: Bool { cases.allSatisfy { $0.failure == nil } }

  /// The failed reports first, then the others, each in the order in which they were found. This does not depend on the
  /// number of jobs.
  package static func failuresFirst(_ reports: [TestReport]) -> [TestReport] {
    reports.filter { !$0.isSuccess } + reports.filter(\.isSuccess)
  }

  /// 0 if all passed. 1 if there is any difference. Else a code that says why nothing could be compared.
  package static func exitCode(_ reports: [TestReport]) -> Int32 {
    let codes = reports.flatMap(\.cases).compactMap(\.failure?.exitCode)
    return codes.contains(1) ? 1 : codes.first ?? 0
  }
}

extension PendingChange {
  /// Whether a report says that the golden or transcript fails. Then its pending change is no second failure.
  package func isReported(by reports: [TestReport]) -> Bool {
    reports.contains { !$0.isSuccess && $0.file === replaces }
  }
}
