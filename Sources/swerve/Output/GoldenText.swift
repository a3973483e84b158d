import SwerveFiles
import SwerveRecords
import SwerveRuns
import SwerveText

/// The result of a golden test, for people and for machines.
enum GoldenText {
  static func report(_ outcome: GoldenTest.Outcome) -> TestReport {
    let (head, rest, failure) = parts(outcome)
    return TestReport(
      suite: .golden, file: outcome.golden, cases: [TestReport.Case(name: outcome.name, failure: failure)],
      text: "\(head)\n\(rest)", json: [json(outcome)])
  }

  /// The report on a pending change, if CI is set.
  static func report(_ change: PendingChange) -> TestReport {
    let error = ErrorText(GoldenError.pending(path: change.path, change: change.replaces))
    let failure = TestReport.Failure(exitCode: error.exitCode, text: error.lines())
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
      let notes = report.notes + changes(outcome, \.isSilent)
      let rest = (report.toleratedLines + notes.map { "note: " + $0 }).map { "  \($0)\n" }.joined()
      return ("ok \(outcome.name) (\(outcome.steps) steps)", rest, nil)
    case .blessed(let path):
      let head = "BLESSED \(outcome.name) (\(outcome.steps) steps): recorded \(path)"
      let rest = changes(outcome).map { "  note: \($0)\n" }.joined()
      return (head, rest, TestReport.Failure(exitCode: 1, text: head + "\n" + rest))
    case .different(let report, let new):
      var rest = differences(outcome, report).map { "  \($0)\n" }.joined()
      if let new { rest += "  what was computed: \(new)\n" }
      let blessing = Shell.text(["swerve", "test", Shell.path(outcome.golden), "--bless"])
      rest += "  to accept it: \(blessing) --reason \"...\"\n"
      return ("FAILED \(outcome.name)", rest, TestReport.Failure(exitCode: 1, text: rest))
    case .skipped(let model):
      let rest = "  NOT RUN: there is no model \(model); `make model` fetches it where pip can\n"
      return ("SKIPPED \(outcome.name)", rest, nil)
    case .failed(let error):
      let error = ErrorText(error)
      let rest = error.lines()
      return ("FAILED \(outcome.name)", rest, TestReport.Failure(exitCode: error.exitCode, text: rest))
    }
  }

  /// The differences in numbers, if there are any; else the differences in inputs.
  private static func differences(_ outcome: GoldenTest.Outcome, _ report: DiffReport) -> [String] {
    var changes = changes(outcome)
    let changesOption = outcome.changes.contains { if case .option = $0 { true } else { false } }
    if outcome.isWithoutOrigin, changesOption {
      changes.append(
        "the golden does not say which options --set gave: if one was meant, run the script with it, then "
          + "swerve bless RUN --reason \"...\"")
    }
    if report.isSame { return changes + ["no difference in the numbers of \(outcome.steps) steps"] }
    let edits =
      report.edited.map { "the golden was edited after it was recorded: \($0)" }
      + (report.edited.isEmpty ? [] : ["  restore it from version control where nobody meant that"])
    let numbers = report.text(showsInputs: false, showsEdits: false).pieces(at: "\n")
    return numbers + edits
      + (changes.isEmpty ? [] : ["since the golden was recorded:"] + changes.map { "  " + $0 })
  }

  /// - Parameter isLeftOut: whether a change need not be reported.
  private static func changes(
    _ outcome: GoldenTest.Outcome, _ isLeftOut: (GoldenChange) -> Bool = { _ in false }
  ) -> [String] {
    outcome.changes.filter { !isLeftOut($0) }.map(\.text)
  }

  private static func json(_ outcome: GoldenTest.Outcome) -> JSONValue {
    var members: [JSONMember] = [
      JSONMember("name", .string(outcome.name)), JSONMember("golden", .string(outcome.golden)),
      JSONMember("steps", .integer(outcome.steps)),
      JSONMember("changes", .array(outcome.changes.map { .string($0.text) })),
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
    case .skipped(let model): members += [JSONMember("verdict", "skipped"), JSONMember("model", .string(model))]
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
