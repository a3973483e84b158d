import SwerveRuns
import SwerveText

/// How a golden fared, for people and for machines.
enum GoldenText {
  static func report(_ outcome: GoldenTest.Outcome) -> TestReport {
    let (head, rest, failure) = parts(outcome)
    let note = outcome.note.map { "  note: \($0)\n" } ?? ""
    return TestReport(
      suite: .golden, file: outcome.golden, cases: [TestReport.Case(name: outcome.name, failure: failure)],
      text: "\(head)\n\(rest)\(note)", json: [json(outcome)])
  }

  /// A change that nobody decided on, where CI is set.
  static func report(_ change: PendingChange) -> TestReport {
    let error = ErrorText(RunError.goldenPending(path: change.path, change: change.replaces))
    let failure = TestReport.Failure(exitCode: error.exitCode, text: text(error))
    let json: JSONValue = [
      "name": .string(change.name), "pending": .string(change.path), "verdict": "pending",
      "error": .string(error.message), "hint": error.hint.map { .string($0) } ?? .null,
    ]
    return TestReport(
      suite: .pending, file: change.path, cases: [TestReport.Case(name: change.name, failure: failure)],
      text: "FAILED \(change.name) (pending)\n" + failure.text, json: [json])
  }

  private static func parts(_ outcome: GoldenTest.Outcome) -> (String, String, TestReport.Failure?) {
    switch outcome.verdict {
    case .same(let report):
      let rest = (report.toleratedLines + report.notes.map { "note: " + $0 }).map { "  \($0)\n" }.joined()
      return ("ok \(outcome.name) (\(outcome.steps) steps)", rest, nil)
    case .blessed(let path):
      let head = "BLESSED \(outcome.name) (\(outcome.steps) steps): recorded \(path)"
      return (head, "", TestReport.Failure(exitCode: 1, text: head + "\n"))
    case .different(let report, let new):
      var rest = report.text().pieces(at: "\n").map { "  \($0)\n" }.joined()
      if let new { rest += "  what was computed: \(new)\n" }
      let blessing = Shell.text(["swerve", "test", Shell.path(outcome.golden), "--bless"])
      rest += "  to accept it: \(blessing) --reason \"...\"\n"
      return ("FAILED \(outcome.name)", rest, TestReport.Failure(exitCode: 1, text: rest))
    case .failed(let error):
      let error = ErrorText(error)
      let rest = text(error)
      return ("FAILED \(outcome.name)", rest, TestReport.Failure(exitCode: error.exitCode, text: rest))
    }
  }

  private static func text(_ error: ErrorText) -> String {
    "  \(error.message)\n" + (error.hint.map { "  hint: \($0)\n" } ?? "")
  }

  private static func json(_ outcome: GoldenTest.Outcome) -> JSONValue {
    var members: [JSONMember] = [
      JSONMember("name", .string(outcome.name)), JSONMember("golden", .string(outcome.golden)),
      JSONMember("steps", .integer(outcome.steps)), JSONMember("note", outcome.note.map { .string($0) } ?? .null),
    ]
    switch outcome.verdict {
    case .same(let report):
      members += [
        JSONMember("verdict", "same"), JSONMember("tolerated", .array(report.tolerated.map(\.json))),
        JSONMember("notes", .array(report.notes.map { .string($0) })),
      ]
    case .blessed: members.append(JSONMember("verdict", "blessed"))
    case .different(let report, let new):
      members += [
        JSONMember("verdict", "different"), JSONMember("new", new.map { .string($0) } ?? .null),
        JSONMember("report", report.json),
      ]
    case .failed(let error):
      let error = ErrorText(error)
      members += [
        JSONMember("verdict", "failed"), JSONMember("error", .string(error.message)),
        JSONMember("hint", error.hint.map { .string($0) } ?? .null),
        JSONMember("exit_code", .integer(Int(error.exitCode))),
      ]
    }
    return .object(members)
  }
}
