import SwerveFiles
import SwerveRuns
import SwerveScript
import SwerveText

/// The result of a file of tests: a line for each case that did not pass, with its place.
struct LuaTestText {
  private let outcome: LuaTest.Outcome

  init(_ outcome: LuaTest.Outcome) { self.outcome = outcome }

  var report: TestReport {
    switch outcome.result {
    case .failure(let error):
      let error = ErrorText(error)
      let failure = TestReport.Failure(exitCode: error.exitCode, text: error.lines("error: "))
      return TestReport(
        suite: .lua, file: outcome.file, cases: [TestReport.Case(name: outcome.file, failure: failure)],
        text: "FAILED \(outcome.file)\n" + failure.text, json: [json(nil, error: error)])
    case .success(let tests):
      let cases = tests.map { TestReport.Case(name: $0.name, failure: Self.failure($0)) }
      // A case that passed adds nothing.
      let failed = cases.compactMap { test in
        test.failure.map { "FAILED \(outcome.file): \(test.name)\n" + $0.text }
      }
      let passed = "ok \(outcome.file) (\(tests.count) \(tests.count == 1 ? "case" : "cases"))\n"
      return TestReport(
        suite: .lua, file: outcome.file, cases: cases, text: failed.isEmpty ? passed : failed.joined(),
        json: tests.map(json))
    }
  }

  private static func failure(_ test: TestCase) -> TestReport.Failure? {
    switch test.verdict {
    case .passed: return nil
    case .failed(let failure): return TestReport.Failure(exitCode: 1, text: text(failure))
    case .error(let error):
      let error = ErrorText(error)
      return TestReport.Failure(exitCode: error.exitCode, text: error.lines("error: "))
    }
  }

  // MARK: Text

  private static func text(_ failure: TestFailure) -> String {
    let head = [failure.place.map { "\($0)" }, failure.what.isEmpty ? nil : failure.what].compactMap { $0 }
    return "  \(head.joined(separator: ": "))\n  expected \(failure.expected)\n  found    \(failure.found)\n"
  }

  // MARK: JSON

  private func json(_ test: TestCase) -> JSONValue {
    switch test.verdict {
    case .passed: json(test, verdict: "passed")
    case .failed(let failure): json(test, failure)
    case .error(let error): json(test, error: ErrorText(error))
    }
  }

  private func json(_ test: TestCase?, verdict: String, _ more: [JSONMember] = []) -> JSONValue {
    let members = [
      JSONMember("file", .string(outcome.file)), JSONMember("case", test.map { .string($0.name) } ?? .null),
      JSONMember("verdict", .string(verdict)),
    ]
    return .object(members + more)
  }

  private func json(_ test: TestCase, _ failure: TestFailure) -> JSONValue {
    json(
      test, verdict: "failed",
      [
        JSONMember("at", failure.place.map { .string("\($0)") } ?? .null), JSONMember("what", .string(failure.what)),
        JSONMember("expected", .string(failure.expected)), JSONMember("found", .string(failure.found)),
      ])
  }

  private func json(_ test: TestCase?, error: ErrorText) -> JSONValue {
    json(
      test, verdict: "error",
      [
        JSONMember("error", .string(error.message)), JSONMember("hint", error.hint.map { .string($0) } ?? .null),
        JSONMember("exit_code", .integer(Int(error.exitCode))),
      ])
  }
}
