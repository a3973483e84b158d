import SwerveRuns
import SwerveScript

/// What passed and failed, and the exit code that comes of it.
struct Tally {
  private(set) var passed = 0
  private var codes: [Int32] = []

  var failed: Int { codes.count }
  /// Where nothing could be compared, the code says why; a difference is 1, also beside other failures.
  var exitCode: Int32 { codes.contains(1) ? 1 : codes.first ?? 0 }

  mutating func pass() { passed += 1 }
  mutating func fail(_ code: Int32) { codes.append(code) }
}

/// How a file of tests fared: a line for each case that did not pass, and where.
struct LuaTestReport {
  private let outcome: LuaTest.Outcome
  private let output: OutputOptions

  init(_ outcome: LuaTest.Outcome, _ output: OutputOptions) {
    self.outcome = outcome
    self.output = output
  }

  func write(_ tally: inout Tally) {
    switch outcome.result {
    case .failure(let error):
      let error = ErrorText(error)
      tally.fail(error.exitCode)
      Console.write(
        output.json ? json(nil, error: error) : "FAILED \(outcome.file)\n" + Self.text(error))
    case .success(let cases):
      var text = ""
      for test in cases { text += report(test, &tally) }
      if !output.json && text.isEmpty {
        text = "ok \(outcome.file) (\(cases.count) \(cases.count == 1 ? "case" : "cases"))\n"
      }
      Console.write(text)
    }
  }

  /// As text, nothing for a case that passed.
  private func report(_ test: TestCase, _ tally: inout Tally) -> String {
    switch test.verdict {
    case .passed:
      tally.pass()
      return output.json ? json(test, verdict: "passed") : ""
    case .failed(let failure):
      tally.fail(1)
      return output.json ? json(test, failure) : title(test) + Self.text(failure)
    case .error(let error):
      let error = ErrorText(error)
      tally.fail(error.exitCode)
      return output.json ? json(test, error: error) : title(test) + Self.text(error)
    }
  }

  // MARK: Text

  private func title(_ test: TestCase) -> String { "FAILED \(outcome.file): \(test.name)\n" }

  private static func text(_ failure: TestFailure) -> String {
    let head = [failure.place.map { "\($0)" }, failure.what.isEmpty ? nil : failure.what].compactMap { $0 }
    return "  \(head.joined(separator: ": "))\n  expected \(failure.expected)\n  found    \(failure.found)\n"
  }

  private static func text(_ error: ErrorText) -> String {
    "  error: \(error.message)\n" + error.frames.map { "  at \($0)\n" }.joined()
      + (error.hint.map { "  hint: \($0)\n" } ?? "")
  }

  // MARK: JSON

  private func json(_ test: TestCase?, verdict: String, _ more: [JSONMember] = []) -> String {
    let members = [
      JSONMember("file", .string(outcome.file)), JSONMember("case", test.map { .string($0.name) } ?? .null),
      JSONMember("verdict", .string(verdict)),
    ]
    return JSONValue.object(members + more).compact() + "\n"
  }

  private func json(_ test: TestCase, _ failure: TestFailure) -> String {
    json(
      test, verdict: "failed",
      [
        JSONMember("at", failure.place.map { .string("\($0)") } ?? .null), JSONMember("what", .string(failure.what)),
        JSONMember("expected", .string(failure.expected)), JSONMember("found", .string(failure.found)),
      ])
  }

  private func json(_ test: TestCase?, error: ErrorText) -> String {
    json(
      test, verdict: "error",
      [
        JSONMember("error", .string(error.message)), JSONMember("hint", error.hint.map { .string($0) } ?? .null),
        JSONMember("exit_code", .integer(Int(error.exitCode))),
      ])
  }
}
