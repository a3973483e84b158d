import ArgumentParser
import SwerveRuns

struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Run every script that has a golden file and compare.",
    discussion: """
      A difference is printed with the first step and value, and what was computed goes to NAME.new.jsonl beside the golden. \
      With CI set in the environment nothing is ever written. Recording with --bless always fails the run that does it.

      EXAMPLE
        swerve test                                    every golden under ./golden
        swerve test examples/quick.lua                 one script
        swerve test golden/quick.jsonl --bless --reason "a larger batch"
        swerve test golden/cli                         commands and what they must answer
      """)

  @Argument(help: "Golden files, scripts, or folders. (default: the working folder)") var paths: [String] = []
  @Flag(help: "Record what is computed as the new golden; needs --reason.") var bless = false
  @Option(help: ArgumentHelp("Why the golden changes; kept in its header.", valueName: "text")) var reason: String?
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if bless && (reason ?? "").allSatisfy(\.isWhitespace) { throw ValidationError("--bless needs --reason TEXT") }
    if !bless && reason != nil { throw ValidationError("--reason needs --bless: without it nothing is recorded") }
  }

  func run() throws {
    Interruption.exitAtOnce()
    let given = paths.isEmpty ? ["."] : paths
    let transcripts = try given.map { try Transcript.find($0) }
    // A file is either a transcript or the golden of a run.
    let recorded = zip(given, transcripts).filter { $0.1.isEmpty || POSIXFile.kind($0.0) == .folder }.map(\.0)
    let goldens = recorded.isEmpty ? [] : try GoldenTest.find(recorded)
    let spoken = transcripts.flatMap { $0 }
    if goldens.isEmpty && spoken.isEmpty {
      throw CLIError(
        description: "there is no golden file under \(paths.isEmpty ? "." : paths.joined(separator: ", "))",
        hint: "run a script, then `swerve bless RUN --reason TEXT` makes its golden")
    }
    var passed = 0
    var codes: [Int32] = []
    for golden in goldens {
      let name = Path.name(golden)
      let outcome = GoldenTest.run(
        golden: golden, threads: threads.threads, isCI: isCI, reason: bless ? reason : nil,
        observers: Progress.observers(quiet: output.quiet, label: "\(name): "), output: Console.noteText)
      Console.clearLive()
      if outcome.isSuccess { passed += 1 }
      if case .failed(let error) = outcome.verdict { codes.append(ErrorText(error).exitCode) }
      Console.write(output.json ? json(outcome).compact() + "\n" : text(outcome))
    }
    for path in spoken {
      let transcript = Transcript.run(path, blesses: bless, isCI: isCI)
      if transcript.isSuccess { passed += 1 }
      if case .failed(let error) = transcript.verdict { codes.append(ErrorText(error).exitCode) }
      Console.write(output.json ? TranscriptText.json(transcript).compact() + "\n" : TranscriptText.text(transcript))
    }
    let failed = goldens.count + spoken.count - passed
    if !output.json { Console.write("\(passed) passed, \(failed) failed\n") }
    if bless && !output.quiet {
      Console.note("recording never counts as a pass: review the golden files, then run `swerve test` again")
    }
    // Where nothing could be compared, the code says why; a difference is 1, also beside other failures.
    if failed > 0 { throw ExitCode(codes.count == failed ? codes[0] : 1) }
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
