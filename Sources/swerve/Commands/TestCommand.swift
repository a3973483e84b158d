import ArgumentParser
import SwerveRuns

struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Run every script that has a golden file and compare; run unit tests in Lua.",
    discussion: """
      A difference is printed with the first step and value, and what was computed goes to NAME.new.jsonl beside the golden. \
      With CI set in the environment nothing is ever written. Recording with --bless always fails the run that does it.
      Files whose names end in _test.lua hold unit tests of rules, losses and schedules (`require "swerve.testing"`).

      EXAMPLE
        swerve test                                    every golden under ./golden, every test under ./lua and ./examples
        swerve test examples/quick.lua                 one script
        swerve test lua/tests/certainty_test.lua       one file of tests
        swerve test golden/quick.jsonl --bless --reason "a larger batch"
        swerve test golden/cli                         commands and what they must answer
      """)

  @Argument(help: "Golden files, scripts, tests, or folders. (default: the working folder)") var paths: [String] = []
  @Flag(help: "Record what is computed as the new golden; needs --reason.") var bless = false
  @Option(help: ArgumentHelp("Why the golden changes; kept in its header.", valueName: "text")) var reason: String?
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if bless && (reason ?? "").allSatisfy(\.isWhitespace) { throw ValidationError("--bless needs --reason TEXT") }
    if bless, let test = paths.first(where: LuaTest.isTest) {
      throw ValidationError("--bless is for golden files; \(test) is a file of tests")
    }
    if !bless && reason != nil { throw ValidationError("--reason needs --bless: without it nothing is recorded") }
  }

  func run() throws {
    Interruption.exitAtOnce()
    let given = paths.isEmpty ? ["."] : paths
    let transcripts = try given.map { try Transcript.find($0) }
    // A file is either a transcript, a file of tests, or the golden of a run.
    let recorded = zip(given, transcripts).filter { path, found in
      (found.isEmpty || POSIXFile.kind(path) == .folder) && !LuaTest.isTest(path)
    }.map(\.0)
    let goldens = recorded.isEmpty ? [] : try GoldenTest.find(recorded)
    let spoken = transcripts.flatMap { $0 }
    let tests = bless ? [] : try LuaTest.find(paths)
    if goldens.isEmpty && spoken.isEmpty && tests.isEmpty {
      let tests = bless ? "" : " and no test (..._test.lua)"
      throw CLIError(
        description: "there is no golden file\(tests) under \(paths.isEmpty ? "." : paths.joined(separator: ", "))",
        hint: "run a script, then `swerve bless RUN --reason TEXT` makes its golden")
    }
    var tally = Tally()
    for test in tests { LuaTestReport(LuaTest.run(test, output: Console.noteText), output).write(&tally) }
    compare(goldens, &tally)
    compare(transcripts: spoken, &tally)
    if !output.json { Console.write("\(tally.passed) passed, \(tally.failed) failed\n") }
    if bless && !output.quiet {
      Console.note("recording never counts as a pass: review the golden files, then run `swerve test` again")
    }
    if tally.failed > 0 { throw ExitCode(tally.exitCode) }
  }

  private func compare(_ goldens: [String], _ tally: inout Tally) {
    for golden in goldens {
      let name = Path.name(golden)
      let outcome = GoldenTest.run(
        golden: golden, threads: threads.threads, isCI: isCI, reason: bless ? reason : nil,
        observers: Progress.observers(quiet: output.quiet, label: "\(name): "), output: Console.noteText)
      Console.clearLive()
      if outcome.isSuccess {
        tally.pass()
      } else if case .failed(let error) = outcome.verdict {
        tally.fail(ErrorText(error).exitCode)
      } else {
        tally.fail(1)
      }
      Console.write(output.json ? json(outcome).compact() + "\n" : text(outcome))
    }
  }

  private func compare(transcripts: [String], _ tally: inout Tally) {
    for path in transcripts {
      let transcript = Transcript.run(path, blesses: bless, isCI: isCI)
      if transcript.isSuccess {
        tally.pass()
      } else if case .failed(let error) = transcript.verdict {
        tally.fail(ErrorText(error).exitCode)
      } else {
        tally.fail(1)
      }
      Console.write(output.json ? TranscriptText.json(transcript).compact() + "\n" : TranscriptText.text(transcript))
    }
  }

  private func text(_ outcome: GoldenTest.Outcome) -> String {
    var text: String
    switch outcome.verdict {
    case .same: text = "ok \(outcome.name) (\(outcome.steps) steps)\n"
    case .blessed(let path): text = "BLESSED \(outcome.name) (\(outcome.steps) steps): recorded \(path)\n"
    case .different(let report, let new):
      text = "FAILED \(outcome.name)\n" + Self.indented(report.text())
      if let new { text += "  what was computed: \(new)\n" }
      text += "  to accept it: swerve test \(outcome.golden) --bless --reason \"...\"\n"
    case .failed(let error):
      let error = ErrorText(error)
      text = "FAILED \(outcome.name)\n  \(error.message)\n" + (error.hint.map { "  hint: \($0)\n" } ?? "")
    }
    if let note = outcome.note { text += "  note: \(note)\n" }
    return text
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n").map { "  \($0)\n" }.joined()
  }

  private func json(_ outcome: GoldenTest.Outcome) -> JSONValue {
    var members: [JSONMember] = [
      JSONMember("name", .string(outcome.name)), JSONMember("golden", .string(outcome.golden)),
      JSONMember("steps", .integer(outcome.steps)), JSONMember("note", outcome.note.map { .string($0) } ?? .null),
    ]
    switch outcome.verdict {
    case .same: members.append(JSONMember("verdict", "same"))
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
