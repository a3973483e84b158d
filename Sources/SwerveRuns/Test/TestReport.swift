import SwerveFiles
import SwerveText

/// What `swerve test` says of one golden, transcript or file of tests.
package struct TestReport: Sendable {
  package enum Suite: String, Sendable { case golden, transcript, lua, pending }

  /// One thing that passed or failed.
  package struct Case: Sendable {
    package let name: String
    /// What failed, and its exit code; nil for what passed.
    package let failure: Failure?

    package init(name: String, failure: Failure? = nil) {
      self.name = name
      self.failure = failure
    }
  }

  package struct Failure: Sendable {
    /// 1 for a difference; anything else says why nothing could be compared.
    package let exitCode: Int32
    /// For people, some lines.
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
  /// For people, whole lines.
  package let text: String
  /// For machines, an object for each line.
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

  /// What failed first, each part in the order it was found: the same at any number of jobs.
  package static func failuresFirst(_ reports: [TestReport]) -> [TestReport] {
    reports.filter { !$0.isSuccess } + reports.filter(\.isSuccess)
  }

  /// 0 if all passed. Where nothing could be compared, the code says why; a difference is 1, also beside other failures.
  package static func exitCode(_ reports: [TestReport]) -> Int32 {
    let codes = reports.flatMap(\.cases).compactMap(\.failure?.exitCode)
    return codes.contains(1) ? 1 : codes.first ?? 0
  }
}
